// The start message of each agent, made from the topology and the lanes: what crosses into a thread, and how it is launched.

import type {
  GatewayStart,
  IngestStart,
  L2Task,
  ShardLanes,
  ThreadStart,
} from '@tradelane/shared/thread/thread-messages'
import { GATEWAY_HEAP_LIMITS, HEAP_LIMITS } from './heap-limits.js'
import { l2Launch } from './l2-thread.js'
import type { Lanes } from './lanes.js'
import type { Launch } from './launched-thread.js'
import type { Settings } from './settings.js'
import type { AgentStart, SharedStart } from './shared-start.js'
import { type AgentSpec, gatewayThreads, runs, type ThreadSpec, type Topology, threadOf } from './topology.js'
import { workerLaunch } from './worker-thread.js'

export interface LaunchOptions {
  readonly settings: Settings
  readonly topology: Topology
  readonly lanes: Lanes
  readonly stream: string
  readonly version: string
  readonly isRecording: boolean
  readonly port: number
}

export function launchOf(options: LaunchOptions, thread: ThreadSpec): Launch {
  const [alone] = thread.agents
  if (thread.agents.length > 1 || alone === undefined) return sharedLaunch(options, thread)
  switch (alone.kind) {
    case 'ingest':
      return workerLaunch('@tradelane/ingest/worker', ingestStart(options, thread), HEAP_LIMITS)
    case 'l2':
      return l2Launch(l2Task(options, thread, alone.shard))
    case 'gateway':
      return workerLaunch('@tradelane/gateway/worker', gatewayStart(options, thread), GATEWAY_HEAP_LIMITS)
  }
}

function sharedLaunch(options: LaunchOptions, thread: ThreadSpec): Launch {
  const start: SharedStart = {
    role: thread.role,
    threadIndex: thread.index,
    control: options.lanes.control,
    traces: options.lanes.traces,
    agents: thread.agents.map(agent => agentStart(options, thread, agent)),
  }
  return workerLaunch('./worker.js', start, runs(thread, 'gateway') ? GATEWAY_HEAP_LIMITS : HEAP_LIMITS)
}

function agentStart(options: LaunchOptions, thread: ThreadSpec, agent: AgentSpec): AgentStart {
  switch (agent.kind) {
    case 'ingest':
      return { kind: 'ingest', start: ingestStart(options, thread) }
    case 'l2':
      return { kind: 'l2', task: l2Task(options, thread, agent.shard) }
    case 'gateway':
      return { kind: 'gateway', start: gatewayStart(options, thread), merge: agent.merge }
  }
}

function threadStart({ topology, lanes }: LaunchOptions, { role, index }: ThreadSpec): ThreadStart {
  const { control, clock, counters, traces } = lanes
  const { products, instruments } = topology
  return { role, threadIndex: index, control, clock, counters, traces, products, instruments }
}

export function shardLanes(topology: Topology, { depthRings }: Lanes): ShardLanes {
  const { shards, shardOfInstrument } = topology
  const threadOfShard = (shard: number): number =>
    threadOf(topology, agent => agent.kind === 'l2' && agent.shard === shard)
  return { depthRings, shardOfInstrument, shardThreads: shards.map((_, shard) => threadOfShard(shard)) }
}

function ingestStart(options: LaunchOptions, thread: ThreadSpec): IngestStart {
  const { settings, topology, lanes, stream, isRecording } = options
  return {
    ...threadStart(options, thread),
    tradeLog: lanes.tradeLog,
    stateBoard: lanes.stateBoard,
    ...shardLanes(topology, lanes),
    gatewayThreads: gatewayThreads(topology),
    endpoints: Object.entries(settings.endpoints).map(([productId, ends]) => ({ productId, ...ends })),
    subscriptions: topology.subscriptions,
    l1ThrottleMs: settings.l1ThrottleMs,
    spotLogThreshold: settings.spotLogThreshold,
    venueSettings: settings.venueSettings,
    sizeUnits: settings.sizeUnits,
    isRecording,
    stream,
  }
}

export function l2Task(options: LaunchOptions, thread: ThreadSpec, shard: number): Omit<L2Task, 'supervisorPort'> {
  const { settings, topology, lanes } = options
  const [depthRing, spec] = [lanes.depthRings[shard], topology.shards[shard]]
  if (depthRing === undefined || spec === undefined) throw new Error(`no shard ${shard}`)
  return {
    ...threadStart(options, thread),
    shard,
    depthRing,
    bookBoard: lanes.bookBoard,
    shardInstruments: spec.instruments,
    throttleMs: spec.throttleMs,
    depthLevels: settings.l2Depth,
    sizeUnits: settings.sizeUnits,
    gatewayThreads: gatewayThreads(topology),
    nice: settings.l2Nice,
  }
}

function gatewayStart(options: LaunchOptions, thread: ThreadSpec): GatewayStart {
  const { settings, topology, lanes, stream, version } = options
  return {
    ...threadStart(options, thread),
    host: settings.wsAddr.host,
    port: options.port,
    isExclusive: settings.gateways === 1,
    ingestThread: threadOf(topology, agent => agent.kind === 'ingest'),
    tradeLog: lanes.tradeLog,
    stateBoard: lanes.stateBoard,
    bookBoard: lanes.bookBoard,
    stream,
    version,
    clientStallMs: settings.clientStallMs,
  }
}
