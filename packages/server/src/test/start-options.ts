// Options of a start on real lanes, for tests of what threads are started with.

import { monotonicUs } from '@tradelane/shared/thread/clock'
import { createLanes } from '../lanes.js'
import type { Settings } from '../settings.js'
import type { StartOptions } from '../thread-starts.js'
import { topologyOf } from '../topology.js'

export function startOptionsOf(settings: Settings): StartOptions {
  const topology = topologyOf(settings)
  return {
    settings,
    topology,
    lanes: createLanes(settings, topology),
    stream: 'test0000',
    version: '0',
    isRecording: false,
    port: 0,
    adminPort: 0,
    naivePort: null,
    processStartUs: monotonicUs(),
    helperThreads: [],
  }
}
