// Starts the threads of the topology, watches, restarts and stops them. Runs in the main thread and touches no market data.

import assert from 'node:assert/strict'
import { clearAdmissionBlock } from '@tradelane/shared/thread/admission-layout'
import { ClockSource, monotonicUs } from '@tradelane/shared/thread/clock'
import type { Log } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { withholdBooks } from './book-shutdown.js'
import { deferred } from './deferred.js'
import { type DescriptorGuard, newDescriptorGuard } from './descriptor-guard.js'
import { compileSoon, lowerHelpers } from './engine.js'
import { choosePort } from './exclusive-port.js'
import { markFeedsDown } from './feed-shutdown.js'
import { HeapWatch } from './heap-watch.js'
import { createDepthRings, type Lanes } from './lanes.js'
import type { NaiveStart } from './naive/naive-start.js'
import { killProcess } from './process-end.js'
import { RESTART_RULES } from './restart-policy.js'
import type { Settings } from './settings.js'
import { SupervisedThread } from './supervised-thread.js'
import { launchThread } from './thread-launch.js'
import { type Fatal, ThreadMail } from './thread-mail.js'
import { ThreadSet } from './thread-set.js'
import { naiveStartOf, type StartOptions, shardLanes, threadEntryOf, threadLabels } from './thread-starts.js'
import { gatewayThreads, leadOf, runs, type ThreadSpec, type Topology, topologyOf } from './topology.js'
import { Watchdog } from './watchdog.js'

export interface SupervisorOptions {
  readonly settings: Settings
  readonly topology: Topology
  readonly lanes: Lanes
  readonly stream: string
  readonly version: string
  readonly log: Log
  /** Of the engine, by the system's ids: they run below those that carry trades once clients can connect. */
  readonly helperThreads?: readonly number[]
  /** What a thread is started with; tests replace it. */
  readonly entryOf?: typeof threadEntryOf
  /** Gets every line of a capture; ingest records only where it is given. */
  readonly onRecorded?: (lines: readonly string[]) => void
}

const START_MS_MAX = 5_000
const GATEWAY_STOP_MS_MAX = 4_000
const INGEST_STOP_MS_MAX = 1_000
const L2_STOP_MS_MAX = 2_000
/** Nothing is lost with it. */
const ADMIN_STOP_MS_MAX = 500

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #threads = new ThreadSet(systemTimers)
  readonly #watchdog: Watchdog
  /** Absent where no gateway listens. */
  readonly #descriptorGuard: DescriptorGuard | undefined
  readonly #mail: ThreadMail
  readonly #startUs = monotonicUs()
  #settings: Settings
  #topology: Topology
  #lanes: Lanes
  /** 0 until it is chosen. */
  #port = 0
  /** 0 until one is taken; a successor takes the same. */
  #adminPort: number
  /** Of the naive socket; null until it listens. */
  #naivePort: number | null = null
  #started: Promise<number> | undefined
  /** The last of the start and the reshardings, which run one after the other. */
  #resharded: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | undefined
  readonly #stopping = deferred()
  readonly #adminListening = deferred<number>()
  /** Resolves to the port of the admin pages when they are first served, maybe long after the start, maybe never. */
  readonly adminListening = this.#adminListening.promise
  readonly #failure = deferred<Fatal>()
  /** Resolves when something happened that no restart of a thread repairs. */
  readonly failed = this.#failure.promise

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#settings = options.settings
    this.#topology = options.topology
    this.#lanes = options.lanes
    this.#adminPort = options.settings.adminAddr?.port ?? 0
    this.#mail = new ThreadMail({
      threads: this.#threads,
      log: options.log,
      onPort: port => {
        this.#port = port
      },
      onAdminPort: port => {
        this.#adminPort = port
        this.#adminListening.resolve(port)
      },
      onFatal: fatal => this.#failure.resolve(fatal),
      onRecorded: options.onRecorded,
    })
    this.#watchdog = new Watchdog({
      threads: this.#threads,
      clockSource: new ClockSource(options.lanes.clock, options.log),
      heapWatch: new HeapWatch(options.log, message => this.#failure.resolve({ code: 'ERR_HEAP_FULL', message })),
      timers: systemTimers,
      nowMs: () => performance.now(),
    })
    const { topology, lanes, settings, log } = options
    const hasPort = gatewayThreads(topology).length > 0
    this.#descriptorGuard = hasPort
      ? newDescriptorGuard(lanes.admission, topology, settings.clientsMax, log)
      : undefined
  }

  /** Resolves to the port when clients can connect, or early when they never will: see `failed`. Never rejects. */
  start(): Promise<number> {
    assert(this.#started === undefined && this.#stopped === undefined, 'a supervisor is started once, then stopped')
    this.#started = this.#start()
    this.#resharded = this.#started.then(() => {})
    return this.#started
  }

  /** Of the thread that the demo compares with, where the settings have one. */
  naiveStart(): NaiveStart {
    return naiveStartOf(this.#startOptions())
  }

  /** The naive socket listens: the page connects there. */
  setNaivePort(port: number): void {
    this.#naivePort = port
    this.#threads.admin?.post({ type: 'naive-listening', port })
  }

  /** Of all threads, as in logs. */
  get roles(): readonly string[] {
    return this.#topology.threads.map(({ role }) => role)
  }

  /** Those with a thread of their own. */
  get shards(): readonly number[] {
    return this.#topology.shards.map((_, shard) => shard).filter(shard => this.#threads.l2(shard) !== undefined)
  }

  /** Terminates the L2 worker of this shard, as a fault would. */
  killL2(shard: number): void {
    this.#threads.l2(shard)?.terminate()
  }

  /** Terminates ingest, where it has a thread of its own. */
  killIngest(): void {
    this.#threads.ledBy('ingest')[0]?.thread.terminate()
  }

  /**
   * Divides the books among this many L2 workers. Every book is withheld and comes back exact, because the book connections
   * follow the shards; trades, state and clients are not affected. Resolves when the new workers run.
   */
  reshard(l2Workers: number): Promise<void> {
    assert(this.#started !== undefined, 'only a supervisor that was started reshards')
    this.#resharded = this.#resharded.then(() => this.#reshard(l2Workers))
    return this.#resharded
  }

  /** New clients get the certificate that its files hold now. */
  renewCertificate(): void {
    for (const { thread, spec } of this.#threads) {
      if (runs(spec, 'gateway') || runs(spec, 'admin')) thread.post({ type: 'certificate' })
    }
  }

  /** In order: L2 workers get their flag, gateways close their clients, then ingest and the admin thread stop. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder()
    return this.#stopped
  }

  async #start(): Promise<number> {
    try {
      this.#port = await choosePort(this.#settings.wsAddr, gatewayThreads(this.#topology).length)
    } catch (error) {
      this.#failure.resolve({ code: 'ERR_PORT_IN_USE', message: (error as Error).message })
    }
    if (this.#port === 0 || this.#stopped !== undefined) return 0
    this.#descriptorGuard?.start()
    compileSoon(this.#settings.warmUpMs > 0)
    for (const spec of this.#topology.threads) this.#add(spec)
    this.#watchdog.start()
    // Shards first: a book that arrives before its worker runs would wait for a resync.
    await this.#startAll('l2', START_MS_MAX)
    const [isServing] = await Promise.all([this.#startAll('gateway'), this.#startAll('ingest', START_MS_MAX)])
    compileSoon(false)
    lowerHelpers(this.#options.helperThreads ?? [], this.#settings.l2Nice, this.#options.log)
    // Clients wait for the others, and nothing waits for it.
    if (isServing) void this.#startAll('admin')
    return this.#port
  }

  async #stopInOrder(): Promise<void> {
    this.#stopping.resolve()
    this.#watchdog.stop()
    this.#descriptorGuard?.stop()
    const l2 = this.#threads.stop('l2', L2_STOP_MS_MAX)
    await this.#threads.stop('gateway', GATEWAY_STOP_MS_MAX, role => killProcess(`${role} did not stop`))
    const admin = this.#threads.stop('admin', ADMIN_STOP_MS_MAX)
    await Promise.all([this.#threads.stop('ingest', INGEST_STOP_MS_MAX), admin, l2])
  }

  async #reshard(l2Workers: number): Promise<void> {
    assert(l2Workers >= 1, 'a number of L2 workers has passed the schema of its setting')
    const { log } = this.#options
    const from = this.#settings.l2Workers
    if (this.#stopped !== undefined || l2Workers === from) return
    const old = this.#threads.ledBy('l2')
    if (old.length === 0) {
      log.warn('L2_WORKERS needs a restart: books have no thread of their own', { l2Workers })
      return
    }
    log.info('resharding books', { from, to: l2Workers })
    await this.#threads.stop('l2', L2_STOP_MS_MAX)
    // A book has one writer: the successors wait for these exits, however long they take on a busy machine.
    await Promise.race([Promise.all(old.map(({ thread }) => thread.exited)), this.#stopping.promise])
    if (this.#stopped !== undefined) return
    this.#threads.remove(old)
    this.#settings = { ...this.#settings, l2Workers }
    this.#topology = topologyOf(this.#settings)
    this.#lanes = { ...this.#lanes, depthRings: createDepthRings(this.#settings, this.#topology) }
    for (const spec of this.#topology.threads) if (leadOf(spec) === 'l2') this.#add(spec)
    assert(this.#threads.size === this.#topology.threads.length, 'one supervised thread per thread of the topology')
    const { depthRings } = this.#lanes
    this.#threads.admin?.post({ type: 'threads', threads: threadLabels(this.#topology), depthRings })
    await this.#startAll('l2', START_MS_MAX)
    this.#threads.ingest?.post({ type: 'shards', ...shardLanes(this.#topology, this.#lanes) })
  }

  #add(spec: ThreadSpec): void {
    const { log, entryOf = threadEntryOf } = this.#options
    const thread = new SupervisedThread({
      role: spec.role,
      rule: RESTART_RULES[leadOf(spec)],
      cell: new ThreadCell(this.#lanes.control, spec.index),
      // The entry is made at each start: the port may be known by then, the shards may be others.
      launch: onMessage => launchThread(entryOf(this.#startOptions(), spec), onMessage),
      log,
      timers: systemTimers,
      nowMs: () => performance.now(),
      onMessage: message => this.#mail.accept(message, spec),
      onExited: () => this.#onExited(spec),
      onRestarted: () => this.#onRestarted(spec),
      onCrashLoop: message => this.#failure.resolve({ code: 'ERR_CRASH_LOOP', message }),
      onHung: hung => this.#onHung(hung, spec),
    })
    this.#threads.add({ thread, spec })
  }

  #startOptions(): StartOptions {
    const { stream, version, onRecorded } = this.#options
    const [settings, topology, lanes, processStartUs] = [this.#settings, this.#topology, this.#lanes, this.#startUs]
    const [isRecording, port, adminPort] = [onRecorded !== undefined, this.#port, this.#adminPort]
    const naivePort = this.#naivePort
    const { helperThreads = [] } = this.#options
    const ports = { port, adminPort, naivePort }
    return { settings, topology, lanes, stream, version, isRecording, ...ports, processStartUs, helperThreads }
  }

  /** False: they do not all run. */
  async #startAll(lead: ReturnType<typeof leadOf>, msMax?: number): Promise<boolean> {
    // After a stop: nothing would stop what starts now.
    if (this.#stopped !== undefined) return false
    return await this.#threads.start(lead, Promise.race([this.failed, this.#stopping.promise]), msMax)
  }

  #onExited(spec: ThreadSpec): void {
    for (const agent of spec.agents) {
      if (agent.kind === 'l2') withholdBooks(agent.shard, this.#topology, this.#lanes)
      else if (agent.kind === 'ingest') markFeedsDown(this.#topology, this.#lanes)
      else if (agent.kind === 'gateway') clearAdmissionBlock(this.#lanes.admission, agent.ordinal)
    }
  }

  #onRestarted(spec: ThreadSpec): void {
    // An ingest that restarted with it opens every connection again.
    if (runs(spec, 'ingest')) return
    for (const agent of spec.agents) {
      if (agent.kind === 'l2') this.#threads.ingest?.post({ type: 'shard-started', shard: agent.shard })
    }
  }

  #onHung(thread: SupervisedThread, spec: ThreadSpec): void {
    // A gateway must not be terminated: its native handles would abort the process, without a message.
    if (runs(spec, 'gateway')) killProcess(`${thread.role} hung`)
    this.#options.log.error('thread hung, terminating', { thread: thread.role })
    thread.terminate()
  }
}
