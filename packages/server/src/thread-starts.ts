// What each thread of the topology is started with: entry file, start message, heap limits.

import assert from 'node:assert/strict'
import type { InstrumentId, MonotonicUs } from '@tradelane/shared/market/nouns'
import { THREADS_MAX } from '@tradelane/shared/thread/control-layout'
import type {
  AdminStart,
  GatewayStart,
  IngestStart,
  L2Start,
  ProxyRules,
  ShardLanes,
  ThreadLabel,
  ThreadStart,
} from '@tradelane/shared/thread/thread-messages'
import { accessRulesOf, certificatePathsOf, pageOriginsOf } from './access-settings.js'
import { ADMIN_HEAP_LIMITS, GATEWAY_HEAP_LIMITS, HEAP_LIMITS } from './heap-limits.js'
import type { Lanes } from './lanes.js'
import type { NaiveStart } from './naive/naive-start.js'
import type { Settings } from './settings.js'
import { l2ThrottleKey } from './settings-table.js'
import type { ThreadEntry } from './thread-launch.js'
import {
  type AgentSpec,
  gatewayThreads,
  type MergeName,
  runs,
  type ThreadSpec,
  type Topology,
  threadOf,
} from './topology.js'

const PORT_MAX = 65_535

export interface StartOptions {
  readonly settings: Settings
  readonly topology: Topology
  readonly lanes: Lanes
  readonly stream: string
  readonly version: string
  readonly isRecording: boolean
  /** Of the gateways. */
  readonly port: number
  /** 0: the admin thread takes a free one. */
  readonly adminPort: number
  readonly processStartUs: MonotonicUs
  /** Of the demo's naive socket; null while, or where, there is none. */
  readonly naivePort: number | null
  /** Of the engine, by the system's ids. */
  readonly helperThreads: readonly number[]
}

/** The start message of `worker.ts`, which runs several agents in one thread. */
export interface WorkerStart {
  readonly role: string
  readonly threadIndex: number
  readonly control: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly traces: SharedArrayBuffer
  /** In the order in which they take their turns. */
  readonly agents: readonly AgentStart[]
}

export type AgentStart =
  | { readonly kind: 'ingest'; readonly start: IngestStart }
  | { readonly kind: 'l2'; readonly start: L2Start }
  | { readonly kind: 'gateway'; readonly start: GatewayStart; readonly merge: MergeName }

export function threadEntryOf(options: StartOptions, thread: ThreadSpec): ThreadEntry {
  if (runs(thread, 'admin')) {
    return { file: entryOf('admin'), start: adminStart(options, thread), heapLimits: ADMIN_HEAP_LIMITS }
  }
  const heapLimits = runs(thread, 'gateway') ? GATEWAY_HEAP_LIMITS : HEAP_LIMITS
  const starts = thread.agents.map(agent => agentStart(options, thread, agent))
  const [only] = starts
  if (starts.length === 1 && only !== undefined) return { file: entryOf(only.kind), start: only.start, heapLimits }
  const { control, counters, traces } = options.lanes
  const start: WorkerStart = { role: thread.role, threadIndex: thread.index, control, counters, traces, agents: starts }
  return { file: new URL('./worker.js', import.meta.url), start, heapLimits }
}

/** Of a thread with one agent. */
const ENTRIES: Readonly<Record<AgentSpec['kind'], string>> = {
  ingest: '@tradelane/ingest/worker',
  l2: '@tradelane/l2-worker/worker',
  gateway: '@tradelane/gateway/worker',
  admin: '@tradelane/admin/worker',
}

function entryOf(kind: AgentSpec['kind']): URL {
  return new URL(import.meta.resolve(ENTRIES[kind]))
}

function agentStart(options: StartOptions, thread: ThreadSpec, agent: AgentSpec): AgentStart {
  switch (agent.kind) {
    case 'ingest':
      return { kind: 'ingest', start: ingestStart(options, thread) }
    case 'l2':
      return { kind: 'l2', start: l2Start(options, thread, agent.shard) }
    case 'gateway':
      return { kind: 'gateway', start: gatewayStart(options, thread, agent.ordinal), merge: agent.merge }
    case 'admin':
      return assert.fail('the admin agent shares no thread')
  }
}

function threadStart({ settings, topology, lanes }: StartOptions, { role, index }: ThreadSpec): ThreadStart {
  const { control, clock, counters, traces } = lanes
  const { products, instruments } = topology
  const { warmUpMs } = settings
  return { role, threadIndex: index, control, clock, counters, traces, warmUpMs, products, instruments }
}

export function shardLanes(topology: Topology, { depthRings }: Lanes): ShardLanes {
  const { shards, shardOfInstrument } = topology
  const threadOfShard = (shard: number): number =>
    threadOf(topology, agent => agent.kind === 'l2' && agent.shard === shard)
  return { depthRings, shardOfInstrument, shardThreads: shards.map((_, shard) => threadOfShard(shard)) }
}

export function ingestStart(options: StartOptions, thread: ThreadSpec): IngestStart {
  const { settings, topology, lanes, stream, isRecording } = options
  return {
    ...threadStart(options, thread),
    nice: settings.tradeNice,
    tradeLog: lanes.tradeLog,
    stateBoard: lanes.stateBoard,
    ...shardLanes(topology, lanes),
    gatewayThreads: bellsOf(options),
    endpoints: Object.entries(settings.endpoints).map(([productId, ends]) => ({ productId, ...ends })),
    proxy: proxyRulesOf(settings),
    subscriptions: topology.subscriptions,
    l1ThrottleMs: settings.l1ThrottleMs,
    spotLogThreshold: settings.spotLogThreshold,
    venueSettings: settings.venueSettings,
    sizeUnits: settings.sizeUnits,
    isRecording,
    stream,
  }
}

/** Null: venues are reached directly. */
export function proxyRulesOf({ httpsProxy, noProxy }: Settings): ProxyRules | null {
  return httpsProxy === null ? null : { url: httpsProxy, except: noProxy }
}

export function l2Start(options: StartOptions, thread: ThreadSpec, shard: number): L2Start {
  const { settings, topology, lanes } = options
  const [depthRing, spec] = [lanes.depthRings[shard], topology.shards[shard]]
  assert(depthRing !== undefined && spec !== undefined, 'every L2 agent of the topology has a shard and a ring')
  return {
    ...threadStart(options, thread),
    shard,
    depthRing,
    bookBoard: lanes.bookBoard,
    books: spec.instruments.map(id => ({ instrument: id, throttleMs: throttleMsOf(options, id) })),
    depthLevels: settings.l2Depth,
    sizeUnits: settings.sizeUnits,
    gatewayThreads: bellsOf(options),
    nice: settings.l2Nice,
  }
}

function throttleMsOf({ settings, topology }: StartOptions, id: InstrumentId): number {
  const product = topology.products[topology.instruments[id]?.product ?? -1]
  assert(product !== undefined, 'every instrument of a shard has a product')
  return settings[l2ThrottleKey(product.venue)]
}

/** `gateway` is its place among the gateways. */
export function gatewayStart(options: StartOptions, thread: ThreadSpec, gateway: number): GatewayStart {
  const { settings, lanes, stream, version } = options
  return {
    ...threadStart(options, thread),
    nice: settings.tradeNice,
    gateway,
    admission: lanes.admission,
    clientTable: lanes.clientTable,
    clientsMax: settings.clientsMax,
    clientsPerIpMax: settings.clientsPerIpMax ?? settings.clientsMax,
    host: settings.wsAddr.host,
    port: options.port,
    isExclusive: settings.gateways === 1,
    tradeLog: lanes.tradeLog,
    stateBoard: lanes.stateBoard,
    bookBoard: lanes.bookBoard,
    stream,
    version,
    clientStallMs: settings.clientStallMs,
    access: accessRulesOf(settings, pageOriginsOfAdmin(settings)),
    certificate: certificatePathsOf(settings),
  }
}

/** Pages of the admin port may connect, whatever origins are allowed. */
function pageOriginsOfAdmin({ adminAddr, adminHosts, tlsCert }: Settings): readonly string[] {
  if (adminAddr === null) return []
  return pageOriginsOf({ isTls: tlsCert !== null, address: adminAddr, hosts: adminHosts })
}

function adminStart(options: StartOptions, thread: ThreadSpec): AdminStart {
  const { settings, topology, lanes, stream, version, adminPort, processStartUs, helperThreads } = options
  assert(settings.adminAddr !== null, 'a topology with an admin thread has an address for it')
  const { host } = settings.adminAddr
  return {
    ...threadStart(options, thread),
    host,
    port: adminPort,
    hostNames: [host, ...settings.adminHosts],
    access: accessRulesOf(settings, pageOriginsOfAdmin(settings)),
    certificate: certificatePathsOf(settings),
    nice: settings.adminNice,
    threads: threadLabels(topology),
    helperThreads,
    ingestThread: threadOf(topology, agent => agent.kind === 'ingest'),
    gatewayThreads: gatewayThreads(topology),
    tradeLog: lanes.tradeLog,
    stateBoard: lanes.stateBoard,
    bookBoard: lanes.bookBoard,
    depthRings: lanes.depthRings,
    clientTable: lanes.clientTable,
    stream,
    version,
    processStartUs,
    gateway: { host: settings.wsAddr.host, port: options.port, isTls: settings.tlsCert !== null },
    naivePort: options.naivePort,
  }
}

/** Its cell of the control block: behind those that the topology may ever have. */
const NAIVE_THREAD = THREADS_MAX - 1

/** Threads to ring when there is something to send. */
function bellsOf({ settings, topology }: StartOptions): readonly number[] {
  return settings.hasNaiveSocket === true ? [...gatewayThreads(topology), NAIVE_THREAD] : gatewayThreads(topology)
}

export function naiveStartOf(options: StartOptions): NaiveStart {
  const { settings, lanes } = options
  assert(settings.hasNaiveSocket, 'only a demo has a naive socket')
  const { control, tradeLog, stateBoard, bookBoard } = lanes
  return {
    control,
    threadIndex: NAIVE_THREAD,
    tradeLog,
    stateBoard,
    bookBoard,
    // Only the page connects to it: as far as that reaches, and no further.
    host: settings.adminAddr?.host ?? '127.0.0.1',
    port: options.naivePort ?? portBeside(settings.adminAddr?.port ?? 0),
    isPortKnown: options.naivePort !== null,
    access: accessRulesOf(settings, pageOriginsOfAdmin(settings)),
    certificate: certificatePathsOf(settings),
    nice: settings.adminNice,
  }
}

/** The same for the next process, so that a page that is open finds it again. */
function portBeside(port: number): number {
  return port === 0 || port === PORT_MAX ? 0 : port + 1
}

export function threadLabels({ threads }: Topology): readonly ThreadLabel[] {
  return threads.map(({ role, index }) => ({ role, index }))
}
