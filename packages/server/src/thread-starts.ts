// The start message of each agent, made from the topology and the lanes: what crosses into a thread, and how it is launched.

import type { GatewayStart, IngestStart, L2Task, ThreadStart } from '@tradelane/shared/thread-messages'
import { l2Launch } from './l2-thread.js'
import type { Lanes } from './lanes.js'
import type { Launch } from './launched-thread.js'
import type { Settings } from './settings.js'
import { type AgentSpec, gatewayThreads, type ThreadSpec, type Topology, threadOf } from './topology.js'
import { workerLaunch } from './worker-thread.js'

export interface LaunchOptions {
  readonly settings: Settings
  readonly topology: Topology
  readonly lanes: Lanes
  readonly stream: string
  readonly version: string
  readonly isRecording: boolean
  readonly port: () => number
}

const INGEST_HEAP_MB_MAX = 1_024

export function launchOf(options: LaunchOptions, thread: ThreadSpec, agent: AgentSpec): Launch {
  switch (agent.kind) {
    case 'ingest':
      return workerLaunch('@tradelane/ingest/worker', ingestStart(options, thread), {
        resourceLimits: { maxOldGenerationSizeMb: INGEST_HEAP_MB_MAX },
      })
    case 'l2':
      return l2Launch(l2Task(options, thread, agent.shard))
    case 'gateway':
      // No resource limits: running out of them would abort the process with native handles open.
      return onMessage => workerLaunch('@tradelane/gateway/worker', gatewayStart(options, thread))(onMessage)
  }
}

function threadStart({ topology, lanes }: LaunchOptions, { role, index }: ThreadSpec): ThreadStart {
  const { control, clock, counters } = lanes
  const { products, instruments } = topology
  return { role, threadIndex: index, control, clock, counters, products, instruments }
}

function ingestStart(options: LaunchOptions, thread: ThreadSpec): IngestStart {
  const { settings, topology, lanes, stream, isRecording } = options
  return {
    ...threadStart(options, thread),
    tradeLog: lanes.tradeLog,
    stateBoard: lanes.stateBoard,
    depthRings: lanes.depthRings,
    shardOfInstrument: topology.shardOfInstrument,
    gatewayThreads: gatewayThreads(topology),
    shardThreads: topology.shards.map((_, shard) =>
      threadOf(topology, agent => agent.kind === 'l2' && agent.shard === shard),
    ),
    endpoints: Object.entries(settings.endpoints).map(([productId, ends]) => ({ productId, ...ends })),
    subscriptions: topology.subscriptions,
    l1ThrottleMs: settings.l1ThrottleMs,
    spotLogThreshold: settings.spotLogThreshold,
    binanceFuturesTrades: settings.binanceFuturesTrades,
    sizeUnits: settings.sizeUnits,
    isRecording,
    stream,
  }
}

function l2Task(options: LaunchOptions, thread: ThreadSpec, shard: number): Omit<L2Task, 'supervisorPort'> {
  const { settings, topology, lanes } = options
  const [depthRing, bookBoard, spec] = [lanes.depthRings[shard], lanes.bookBoards[shard], topology.shards[shard]]
  if (depthRing === undefined || bookBoard === undefined || spec === undefined) throw new Error(`no shard ${shard}`)
  return {
    ...threadStart(options, thread),
    shard,
    depthRing,
    bookBoard,
    shardInstruments: spec.instruments,
    throttleMs: spec.throttleMs,
    depthLevels: settings.l2Depth,
    sizeUnits: settings.sizeUnits,
    gatewayThreads: gatewayThreads(topology),
    nice: settings.l2Nice,
  }
}

function gatewayStart(options: LaunchOptions, thread: ThreadSpec): GatewayStart {
  const { settings, lanes, stream, version } = options
  return {
    ...threadStart(options, thread),
    host: settings.wsAddr.host,
    port: options.port(),
    isExclusive: settings.gateways === 1,
    tradeLog: lanes.tradeLog,
    stateBoard: lanes.stateBoard,
    bookBoards: lanes.bookBoards,
    stream,
    version,
    clientStallMs: settings.clientStallMs,
  }
}
