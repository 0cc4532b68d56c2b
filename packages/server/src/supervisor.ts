// Starts the threads that the topology names, watches them, starts them again, stops them in order. Runs in the main thread
// and touches no market data: it relays resync requests and writes the log lines of all threads, nothing else.

import { writeSync } from 'node:fs'
import { BoardWriter } from '@tradelane/shared/board'
import { ClockSource } from '@tradelane/shared/clock'
import { type Log, RateLimitedLog } from '@tradelane/shared/log'
import { CellStatus, StatusReason } from '@tradelane/shared/nouns'
import { ThreadCell } from '@tradelane/shared/parking'
import type { ThreadToSupervisor } from '@tradelane/shared/thread-messages'
import { takePortOnce } from './exclusive-port.js'
import type { Lanes } from './lanes.js'
import type { Settings } from './settings.js'
import { SupervisedThread } from './supervised-thread.js'
import { type LaunchOptions, launchOf } from './thread-starts.js'
import { type AgentSpec, gatewayThreads, leadOf, runs, type ThreadSpec, type Topology } from './topology.js'

export interface SupervisorOptions {
  readonly settings: Settings
  readonly topology: Topology
  readonly lanes: Lanes
  readonly stream: string
  readonly version: string
  readonly log: Log
  /** How a thread starts; default as the product's do. */
  readonly launch?: typeof launchOf
  /** Gets every line of a capture: ingest records, and no gateway needs to run. */
  readonly onRecorded?: (lines: readonly string[]) => void
}

interface Supervised {
  readonly thread: SupervisedThread
  readonly spec: ThreadSpec
}

/** Why the process must end by itself. */
export interface Fatal {
  readonly code: string
  readonly message: string
}

const WATCH_MS = 1_000
/** Parts of a gateway's heap limit: a full one cannot be ended alone, so the process ends in order before it. */
const HEAP_WARN = 0.8
const HEAP_END = 0.9
const START_MS_MAX = 5_000
const GATEWAY_STOP_MS_MAX = 4_000
const STOP_MS_MAX = 1_000
const L2_STOP_MS_MAX = 2_000

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #clockSource: ClockSource
  readonly #notices: RateLimitedLog
  readonly #threads: Supervised[] = []
  #watch: NodeJS.Timeout | undefined
  #watchedMs = 0
  #port = 0
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
    this.#clockSource = new ClockSource(options.lanes.clock, options.log)
    this.#notices = new RateLimitedLog(options.log)
  }

  /** Resolves to the port when clients can connect, or early when they never will: see `failed`. Never rejects. */
  async start(): Promise<number> {
    const { topology } = this.#options
    if (gatewayThreads(topology).length > 1 && !(await this.#takePort())) return 0
    for (const spec of topology.threads) this.#add(spec)
    this.#watchedMs = performance.now()
    this.#watch = setInterval(this.#look, WATCH_MS)
    // Shards first: a book that comes before its worker would wait for a resync.
    await this.#startAll('l2', START_MS_MAX)
    await Promise.all([this.#startAll('gateway'), this.#startAll('ingest', START_MS_MAX)])
    return this.#port
  }

  /** Of all threads, as in logs. */
  get roles(): readonly string[] {
    return this.#options.topology.threads.map(({ role }) => role)
  }

  /** Those with a thread of their own. */
  get shards(): readonly number[] {
    return this.#ledBy('l2').flatMap(({ spec }) => spec.agents.map(agent => (agent.kind === 'l2' ? agent.shard : -1)))
  }

  /** Ends the L2 worker of this shard by force, as a fault would. */
  killL2(shard: number): void {
    this.#ledBy('l2')[this.shards.indexOf(shard)]?.thread.terminate()
  }

  /** In order: L2 hears its flag, gateways take leave of their clients, then ingest. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder()
    return this.#stopped
  }

  async #stopInOrder(): Promise<void> {
    this.#sayStopping?.()
    clearInterval(this.#watch)
    const l2 = this.#stopAll('l2', L2_STOP_MS_MAX)
    await this.#stopAll('gateway', GATEWAY_STOP_MS_MAX)
    await this.#stopAll('ingest', STOP_MS_MAX)
    await l2
  }

  async #takePort(): Promise<boolean> {
    try {
      this.#port = await takePortOnce(this.#options.settings.wsAddr)
      return this.#stopped === undefined
    } catch (error) {
      this.#fail?.({ code: 'ERR_PORT_IN_USE', message: String(error instanceof Error ? error.message : error) })
      return false
    }
  }

  #add(spec: ThreadSpec): void {
    const { lanes, log } = this.#options
    const thread = new SupervisedThread({
      role: spec.role,
      cell: new ThreadCell(lanes.control, spec.index),
      launch: (this.#options.launch ?? launchOf)(this.#launchOptions(), spec),
      log,
      onMessage: message => this.#accept(message, spec),
      onExited: () => this.#exited(spec),
      onRestarted: () => this.#restarted(spec),
      onCrashLoop: message => this.#fail?.({ code: 'ERR_CRASH_LOOP', message }),
      onHung: hung => this.#hung(hung, spec),
    })
    this.#threads.push({ thread, spec })
  }

  /** The port is asked for at each start: a gateway that starts again takes the one that its predecessor had. */
  #launchOptions(): LaunchOptions {
    const isRecording = this.#options.onRecorded !== undefined
    return { ...this.#options, isRecording, port: () => this.#port || this.#options.settings.wsAddr.port }
  }

  /** Resolves when all of them run, or some do not within `msMax`: they are started again, and meanwhile others do their work. */
  async #startAll(lead: AgentSpec['kind'], msMax?: number): Promise<void> {
    // Told to stop while it starts: nobody would stop what is started now.
    if (this.#stopped !== undefined) return
    const threads = this.#ledBy(lead)
    for (const { thread } of threads) thread.start()
    const enough = [Promise.all(threads.map(({ thread }) => thread.running)), this.failed, this.#stopping]
    let timer: NodeJS.Timeout | undefined
    if (msMax !== undefined) {
      enough.push(
        new Promise<void>(resolve => {
          timer = setTimeout(resolve, msMax)
        }),
      )
    }
    await Promise.race<unknown>(enough)
    clearTimeout(timer)
  }

  #ledBy(lead: AgentSpec['kind']): readonly Supervised[] {
    return this.#threads.filter(({ spec }) => leadOf(spec) === lead)
  }

  async #stopAll(lead: AgentSpec['kind'], ms: number): Promise<void> {
    await Promise.all(
      this.#ledBy(lead).map(async ({ thread }) => {
        if (await thread.stop(ms)) return
        if (lead === 'gateway') killProcess(`${thread.role} did not stop`)
        thread.terminate()
        await thread.stop(STOP_MS_MAX)
      }),
    )
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
        this.#ingest?.post(message)
    }
  }

  get #ingest(): SupervisedThread | undefined {
    return this.#threads.find(({ spec }) => runs(spec, 'ingest'))?.thread
  }

  /** Books of a dead worker are of unknown age: they are withheld before anything else. Nobody else writes its board now. */
  #exited(spec: ThreadSpec): void {
    for (const agent of spec.agents) if (agent.kind === 'l2') this.#withholdBooks(agent.shard)
  }

  #withholdBooks(shard: number): void {
    const { lanes, topology } = this.#options
    const board = lanes.bookBoards[shard]
    if (board === undefined) return
    const bells = gatewayThreads(topology).map(index => new ThreadCell(lanes.control, index))
    const writer = new BoardWriter(board, bells)
    const sinceUs = Date.now() * 1_000
    const header = { status: CellStatus.stale, reason: StatusReason.workerRestart, sinceUs }
    writer.cells.forEach((_, cell) => {
      writer.publish(cell, { ...header, receivedUs: 0, venueUs: 0, sequence: 0 }, null, null)
    })
    writer.ring()
  }

  #restarted(spec: ThreadSpec): void {
    // An ingest that started with it opened every connection anew.
    if (runs(spec, 'ingest')) return
    for (const agent of spec.agents) {
      if (agent.kind === 'l2') this.#ingest?.post({ type: 'shard-started', shard: agent.shard })
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
      if (runs(spec, 'gateway')) this.#watchHeap(thread)
    }
  }

  #watchHeap({ role, heapRatio }: SupervisedThread): void {
    if (heapRatio < HEAP_WARN) return
    const percent = Math.round(heapRatio * 100)
    if (heapRatio < HEAP_END) this.#notices.say('warn', 'heap of a gateway is nearly full', role, { percent })
    else this.#fail?.({ code: 'ERR_HEAP_FULL', message: `the heap of ${role} is ${percent} % full` })
  }
}

/** The last resort, for a service manager to start us anew. Nothing after this line runs. */
function killProcess(reason: string): never {
  try {
    writeSync(2, `tradelane: ${reason}; the process ends itself\n`)
  } catch {
    // Nobody reads it; that must not keep a hung process alive.
  }
  process.kill(process.pid, 'SIGKILL')
  throw new Error(reason)
}
