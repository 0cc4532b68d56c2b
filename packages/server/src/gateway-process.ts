// The gateway of this process, from settings to port and back: what `serve` and `demo` have in common.

import { randomInt } from 'node:crypto'
import type { Log } from '@tradelane/shared/log'
import { createLanes } from './lanes.js'
import type { Settings } from './settings.js'
import { Supervisor } from './supervisor.js'
import { topologyOf } from './topology.js'
import { productVersion } from './version.js'

const STREAM_CHARACTERS = 8
const BASE_36 = 36

export function newGatewayProcess(settings: Settings, log: Log): Supervisor {
  const topology = topologyOf(settings)
  const lanes = createLanes(settings, topology)
  return new Supervisor({ settings, topology, lanes, stream: newStream(), version: productVersion(), log })
}

/** A new one for every process: a client that resumes another's stream must be told. */
function newStream(): string {
  return Array.from({ length: STREAM_CHARACTERS }, () => randomInt(BASE_36).toString(BASE_36)).join('')
}
