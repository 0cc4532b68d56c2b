// Starts the threads that the topology names, watches them, starts them again, stops them in order. Runs in the main thread
// and touches no market data: it relays resync requests and writes the log lines of all threads, nothing else.

import { ClockSource } from '@tradelane/shared/thread/clock'
import type { Log } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { takePortOnce } from './exclusive-port.js'
import { markFeedsDown } from './feed-shutdown.js'
import { HeapWatch } from './heap-watch.js'
import { createDepthRings, type Lanes } from './lanes.js'
import { killProcess } from './process-end.js'
import type { Settings } from './settings.js'
import { SupervisedThread } from './supervised-thread.js'
import { launchThread } from './thread-launch.js'
import { ThreadSet } from './thread-set.js'
import { type StartOptions, shardLanes, threadEntryOf } from './thread-starts.js'
import { gatewayThreads, leadOf, runs, type ThreadSpec, type Topology, topologyOf } from './topology.js'
import { withholdBooks } from './withheld-books.js'

export interface SupervisorOptions {
  readonly settings: Settings
  readonly topology: Topology
  readonly lanes: Lanes
  readonly stream: string
  readonly version: string
  readonly log: Log
  /** What a thread is started with; tests replace it. */
  readonly entryOf?: typeof threadEntryOf
  /** Gets every line of a capture: ingest records, and no gateway needs to run. */
  readonly onRecorded?: (lines: readonly string[]) => void
}

/** Why the process must end by itself. */
export interface Fatal {
  readonly code: string
  readonly message: string
}

const WATCH_MS = 1_000
const START_MS_MAX = 5_000
const GATEWAY_STOP_MS_MAX = 4_000
const STOP_MS_MAX = 1_000
const L2_STOP_MS_MAX = 2_000

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #clockSource: ClockSource
  readonly #heapWatch: HeapWatch
  readonly #threads = new ThreadSet()
  #settings: Settings
  #topology: Topology
  #lanes: Lanes
  #watch: NodeJS.Timeout | undefined
  #watchedMs = 0
  #port = 0
  #resharded: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | undefined
  #sayStopping: (() => void) | undefined
  readonly #stopping = new Promise<void>(resolve => {
    this.#sayStopping = resolve
  })
  #fail: ((fatal: Fatal) => void) | undefined
  /** Resolves when something happened that no restart mends. */
  readonly failed = new Promise<Fatal>(resolve => {
    this.#fail = resolve
  })

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#settings = options.settings
    this.#topology = options.topology
    this.#lanes = options.lanes
    this.#clockSource = new ClockSource(options.lanes.clock, options.log)
    this.#heapWatch = new HeapWatch(options.log, message => this.#fail?.({ code: 'ERR_HEAP_FULL', message }))
  }

  /** Resolves to the port when clients can connect, or early when they never will: see `failed`. Never rejects. */
  start(): Promise<number> {
    const started = this.#start()
    this.#resharded = started.then(() => {})
    return started
  }

  async #start(): Promise<number> {
    if (this.#mustTakePort() && !(await this.#takePort())) return 0
    for (const spec of this.#topology.threads) this.#add(spec)
    this.#watchedMs = performance.now()
    this.#watch = setInterval(this.#look, WATCH_MS)
    // Shards first: a book that comes before its worker would wait for a resync.
    await this.#startAll('l2', START_MS_MAX)
    await Promise.all([this.#startAll('gateway'), this.#startAll('ingest', START_MS_MAX)])
    return this.#port
  }

  /** Of all threads, as in logs. */
  get roles(): readonly string[] {
    return this.#topology.threads.map(({ role }) => role)
  }

  /** Those with a thread of their own. */
  get shards(): readonly number[] {
    return this.#topology.shards.map((_, shard) => shard).filter(shard => this.#l2Thread(shard) !== undefined)
  }

  /** Ends the L2 worker of this shard by force, as a fault would. */
  killL2(shard: number): void {
    this.#l2Thread(shard)?.terminate()
  }

  /** The same to ingest, where it has a thread of its own. */
  killIngest(): void {
    this.#threads.ledBy('ingest')[0]?.thread.terminate()
  }

  /**
   * Spreads the books over so many L2 workers. Every book is withheld and comes back exact, because the venues' book
   * connections follow the shards; trades, state and clients run on. Resolves when the new workers run.
   */
  reshard(l2Workers: number): Promise<void> {
    this.#resharded = this.#resharded.then(() => this.#reshard(l2Workers))
    return this.#resharded
  }

  /** In order: L2 hears its flag, gateways take leave of their clients, then ingest. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder()
    return this.#stopped
  }

  async #stopInOrder(): Promise<void> {
    this.#sayStopping?.()
    clearInterval(this.#watch)
    const l2 = this.#threads.stop('l2', L2_STOP_MS_MAX)
    await this.#threads.stop('gateway', GATEWAY_STOP_MS_MAX, role => killProcess(`${role} did not stop`))
    await this.#threads.stop('ingest', STOP_MS_MAX)
    await l2
  }

  async #reshard(l2Workers: number): Promise<void> {
    const { log } = this.#options
    const old = this.#threads.ledBy('l2')
    if (this.#stopped !== undefined || l2Workers === this.#settings.l2Workers) return
    if (old.length === 0) {
      log.warn('L2_WORKERS waits for a restart: the books have no thread of their own', { l2Workers })
      return
    }
    log.info('the books are spread anew: all are resynced', { l2Workers, before: this.#settings.l2Workers })
    // Their books have one writer: the successors start when these are gone.
    await this.#threads.stop('l2', L2_STOP_MS_MAX)
    if (this.#stopped !== undefined) return
    this.#threads.remove(old)
    this.#settings = { ...this.#settings, l2Workers }
    this.#topology = topologyOf(this.#settings)
    this.#lanes = { ...this.#lanes, depthRings: createDepthRings(this.#settings, this.#topology) }
    for (const spec of this.#topology.threads) if (leadOf(spec) === 'l2') this.#add(spec)
    await this.#startAll('l2', START_MS_MAX)
    this.#threads.ingest?.post({ type: 'shards', ...shardLanes(this.#topology, this.#lanes) })
  }

  /** Where gateways share it, and where the system chooses it: uWebSockets.js could not open that one again after a restart. */
  #mustTakePort(): boolean {
    return gatewayThreads(this.#topology).length > 1 || this.#options.settings.wsAddr.port === 0
  }

  async #takePort(): Promise<boolean> {
    try {
      this.#port = await takePortOnce(this.#settings.wsAddr)
      return this.#stopped === undefined
    } catch (error) {
      this.#fail?.({ code: 'ERR_PORT_IN_USE', message: String(error instanceof Error ? error.message : error) })
      return false
    }
  }

  #add(spec: ThreadSpec): void {
    const { entryOf = threadEntryOf } = this.#options
    const thread = new SupervisedThread({
      role: spec.role,
      cell: new ThreadCell(this.#lanes.control, spec.index),
      // What it is started with is looked up at each start: the port may be known by then, the shards may be others.
      launch: onMessage => launchThread(entryOf(this.#startOptions(), spec), onMessage),
      log: this.#options.log,
      onMessage: message => this.#accept(message, spec),
      onExited: () => this.#exited(spec),
      onRestarted: () => this.#restarted(spec),
      onCrashLoop: message => this.#fail?.({ code: 'ERR_CRASH_LOOP', message }),
      onHung: hung => this.#hung(hung, spec),
    })
    this.#threads.add({ thread, spec })
  }

  #startOptions(): StartOptions {
    const { stream, version, onRecorded } = this.#options
    const [settings, topology, lanes] = [this.#settings, this.#topology, this.#lanes]
    const port = this.#port || settings.wsAddr.port
    return { settings, topology, lanes, stream, version, isRecording: onRecorded !== undefined, port }
  }

  async #startAll(lead: ReturnType<typeof leadOf>, msMax?: number): Promise<void> {
    // Told to stop while it starts: nobody would stop what is started now.
    if (this.#stopped !== undefined) return
    await this.#threads.start(lead, Promise.race([this.failed, this.#stopping]), msMax)
  }

  #l2Thread(shard: number): SupervisedThread | undefined {
    const hasShard = ({ agents }: ThreadSpec): boolean =>
      agents.some(agent => agent.kind === 'l2' && agent.shard === shard)
    return this.#threads.ledBy('l2').find(({ spec }) => hasShard(spec))?.thread
  }

  #accept(message: ThreadToSupervisor, spec: ThreadSpec): void {
    switch (message.type) {
      case 'log':
        this.#options.log[message.level](message.message, { thread: spec.role, ...message.fields })
        return
      case 'running':
        if (message.port !== undefined) this.#port = message.port
        return
      case 'recorded':
        this.#options.onRecorded?.(message.lines)
        return
      case 'fatal':
        this.#fail?.(message)
        return
      case 'resync':
        this.#threads.ingest?.post(message)
    }
  }

  #exited(spec: ThreadSpec): void {
    for (const agent of spec.agents) {
      if (agent.kind === 'l2') withholdBooks(agent.shard, this.#topology, this.#lanes)
      else if (agent.kind === 'ingest') markFeedsDown(this.#topology, this.#lanes)
    }
  }

  #restarted(spec: ThreadSpec): void {
    // An ingest that started with it opened every connection anew.
    if (runs(spec, 'ingest')) return
    for (const agent of spec.agents) {
      if (agent.kind === 'l2') this.#threads.ingest?.post({ type: 'shard-started', shard: agent.shard })
    }
  }

  #hung(thread: SupervisedThread, spec: ThreadSpec): void {
    // A hung gateway cannot be ended alone: its native handles would abort the process, and without a trace.
    if (runs(spec, 'gateway')) killProcess(`${thread.role} hangs`)
    this.#options.log.error('thread hangs; it is ended and started again', { thread: thread.role })
    thread.terminate()
  }

  readonly #look = (): void => {
    this.#clockSource.sample()
    const nowMs = performance.now()
    const isLate = nowMs - this.#watchedMs > 2 * WATCH_MS
    this.#watchedMs = nowMs
    for (const { thread, spec } of this.#threads) {
      if (isLate) thread.forgive(nowMs)
      else thread.watch(nowMs)
      if (runs(spec, 'gateway')) this.#heapWatch.look(thread)
    }
  }
}
