// The supervisor of this process, from settings: what `serve`, `demo` and `record` have in common.

import { randomInt } from 'node:crypto'
import type { Log } from '@tradelane/shared/thread/log'
import { collectAlone, helperThreads } from './engine.js'
import { createLanes } from './lanes.js'
import type { Settings } from './settings.js'
import { Supervisor, type SupervisorOptions } from './supervisor.js'
import { topologyOf } from './topology.js'
import { productVersion } from './version.js'

const STREAM_CHARACTERS = 8
const BASE_36 = 36

export function newGatewayProcess(settings: Settings, log: Log): Supervisor {
  return new Supervisor({ ...optionsOf(settings), log })
}

/** Ingest and L2 workers as in a gateway process, with the same subscriptions and resyncs, but without gateways. */
export function newRecorderProcess(
  settings: Settings,
  log: Log,
  onRecorded: (lines: readonly string[]) => void,
): Supervisor {
  return new Supervisor({ ...optionsOf({ ...settings, gateways: 0, adminAddr: null }), log, onRecorded })
}

function optionsOf(settings: Settings): Omit<SupervisorOptions, 'log'> {
  const topology = topologyOf(settings)
  const lanes = createLanes(settings, topology)
  // No worker exists yet.
  collectAlone()
  return { settings, topology, lanes, stream: newStream(), version: productVersion(), helperThreads: helperThreads() }
}

/** New for every process, so that a client which resumes the stream of another process gets a gap. */
function newStream(): string {
  return Array.from({ length: STREAM_CHARACTERS }, () => randomInt(BASE_36).toString(BASE_36)).join('')
}
