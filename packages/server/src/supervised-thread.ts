// One thread under supervision: started, watched by its heartbeat, restarted after it exited, stopped by its flag.
//
//   new ──start──▶ launched ──exit──▶ backoff ──restart──▶ launched …
//                     └──exit after stop, or in a crash loop that ends the process──▶ ended

import assert from 'node:assert/strict'
import type { Log } from '@tradelane/shared/thread/log'
import { type ThreadCell, ThreadState } from '@tradelane/shared/thread/parking'
import type { SupervisorToThread, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { cpuWaitMs } from '@tradelane/shared/thread/thread-watch'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import { deferred } from './deferred.js'
import { RestartPolicy, type RestartRule } from './restart-policy.js'
import type { Launch, LaunchedThread } from './thread-launch.js'

export interface SupervisedThreadOptions {
  readonly role: string
  readonly rule: RestartRule
  readonly cell: ThreadCell
  readonly launch: Launch
  readonly log: Log
  readonly timers: Timers
  /** Monotonic. */
  readonly nowMs: () => number
  readonly onMessage: (message: ThreadToSupervisor) => void
  /** The thread has exited: no thread writes its memory until the next start. */
  readonly onExited: () => void
  /** It runs again after it had exited. */
  readonly onRestarted: () => void
  /** It does not start again, and the process cannot do without it. */
  readonly onCrashLoop: (reason: string) => void
  /** It missed its heartbeat for too long. */
  readonly onHung: (thread: SupervisedThread) => void
  /** By the system's id of a thread; for tests. */
  readonly cpuWaitMs?: typeof cpuWaitMs
}

/**
 * A thread that shows no sign of life for this long is hung; starting may take as long. Time in which it waited for a CPU does
 * not count: on a machine that is too busy, a restart would only take more of it.
 */
export const HUNG_MS = 5_000
/** At most this much of such waiting counts: a thread that spins at a low priority waits for nearly all of the time, too. */
export const CPU_WAIT_MS_MAX = 25_000

export class SupervisedThread {
  readonly role: string
  readonly #options: SupervisedThreadOptions
  readonly #policy: RestartPolicy
  #state: 'new' | 'launched' | 'backoff' | 'ended' = 'new'
  #thread: LaunchedThread | undefined
  #restart: Timer | undefined
  /** When it began to run; null while it starts. */
  #runningMs: number | null = null
  #startCount = 0
  #heartbeat = 0
  /** When it last showed a sign of life. */
  #aliveMs = 0
  /** Its total wait for a CPU at that time. */
  #waitedMs = 0
  #isStopping = false
  #isTerminated = false
  readonly #running = deferred()

  constructor(options: SupervisedThreadOptions) {
    this.role = options.role
    this.#options = options
    this.#policy = new RestartPolicy(options.rule)
  }

  /** Resolves when it runs for the first time. */
  get running(): Promise<void> {
    return this.#running.promise
  }

  get hasExited(): boolean {
    return this.#thread === undefined
  }

  /** Resolves when it has exited, at once while it waits for its restart. */
  get exited(): Promise<unknown> {
    return this.#thread?.exited ?? Promise.resolve()
  }

  /** Used share of its heap limit, as it last reported; 0 before. */
  get heapRatio(): number {
    const { usedBytes, limitBytes } = this.#options.cell.heap()
    return limitBytes === 0 ? 0 : usedBytes / limitBytes
  }

  start(): void {
    assert(this.#state === 'new' && this.#startCount === 0, 'a thread is started once; then it restarts by itself')
    assert(!this.#isStopping, 'a stopped thread does not start')
    this.#launch()
  }

  post(message: SupervisorToThread): void {
    this.#thread?.post(message)
  }

  /** Checks whether it is alive. */
  watch(): void {
    if (this.#thread === undefined || this.#isTerminated) return
    const nowMs = this.#options.nowMs()
    assert(nowMs >= this.#aliveMs, 'time does not go back')
    const heartbeat = this.#options.cell.heartbeat()
    if (heartbeat !== this.#heartbeat) {
      this.#heartbeat = heartbeat
      this.restartWatch()
      return
    }
    const withoutCpuMs = Math.min(CPU_WAIT_MS_MAX, Math.max(0, this.#cpuWaitMs() - this.#waitedMs))
    if (nowMs - this.#aliveMs - withoutCpuMs > HUNG_MS) this.#options.onHung(this)
  }

  /** Counts as a sign of life: the supervisor itself was late, so the silence proves nothing. */
  restartWatch(): void {
    this.#aliveMs = this.#options.nowMs()
    this.#waitedMs = this.#cpuWaitMs()
  }

  /** Ends it by force; unless stopped, it restarts. */
  terminate(): void {
    this.#isTerminated = true
    this.#thread?.terminate()
  }

  /** Sets the stop flag. Resolves to true when the thread has exited, to false when it has not after `ms`. */
  async stop(ms: number): Promise<boolean> {
    const { cell, timers } = this.#options
    this.#isStopping = true
    timers.clear(this.#restart)
    cell.requestStop()
    if (this.#thread === undefined) {
      this.#state = 'ended'
      return true
    }
    cell.setState(ThreadState.stopping)
    let timer: Timer | undefined
    const timeout = new Promise<boolean>(resolve => {
      timer = timers.setTimeout(() => resolve(false), ms)
    })
    const hasExited = await Promise.race([this.#thread.exited.then(() => true), timeout])
    timers.clear(timer)
    return hasExited
  }

  #launch(): void {
    const { cell, launch, nowMs } = this.#options
    assert(this.#thread === undefined, 'a successor starts only after its predecessor has exited')
    this.#state = 'launched'
    cell.clearForStart()
    this.#startCount += 1
    this.#runningMs = null
    this.#isTerminated = false
    this.#aliveMs = nowMs()
    this.#waitedMs = 0
    this.#heartbeat = cell.heartbeat()
    const thread = launch(message => this.#accept(message, thread))
    this.#thread = thread
    void thread.exited.then(failure => this.#onExited(thread, failure))
  }

  #cpuWaitMs(): number {
    return (this.#options.cpuWaitMs ?? cpuWaitMs)(this.#options.cell.threadId())
  }

  #accept(message: ThreadToSupervisor, from: LaunchedThread): void {
    assert(from === this.#thread, 'a thread sends nothing after its exit')
    if (message.type === 'running') this.#onRunning()
    this.#options.onMessage(message)
  }

  #onRunning(): void {
    const { cell, log, nowMs, onRestarted } = this.#options
    assert(this.#state === 'launched' && this.#runningMs === null, 'a thread reports once per start that it runs')
    this.#runningMs = nowMs()
    cell.setState(ThreadState.running)
    this.#running.resolve()
    if (this.#startCount === 1) return
    log.info('thread restarted', { thread: this.role, startCount: this.#startCount })
    onRestarted()
  }

  #onExited(thread: LaunchedThread, failure: Error | null): void {
    const { cell, log, timers, nowMs, onExited, onCrashLoop } = this.#options
    assert(this.#state === 'launched' && thread === this.#thread, 'a thread exits once per start')
    this.#thread = undefined
    this.#state = 'ended'
    cell.setState(ThreadState.stopped)
    onExited()
    if (this.#isStopping) return
    const reason = failure?.message.split('\n')[0] ?? 'returned'
    const restart = this.#policy.onExit(this.#runningMs, nowMs())
    if (restart === null) {
      onCrashLoop(`thread ${this.role} is in a crash loop, last exit: ${reason}`)
      return
    }
    const { delayMs, isCrashLoop } = restart
    if (isCrashLoop) log.error('thread is in a crash loop, tried once a minute', { thread: this.role, reason })
    else log.warn('thread exited, restarting', { thread: this.role, reason, delayMs })
    this.#state = 'backoff'
    this.#restart = timers.setTimeout(() => this.#restartNow(), delayMs)
  }

  #restartNow(): void {
    assert(this.#state === 'backoff' && !this.#isStopping, 'only a thread that is to run restarts')
    this.#launch()
  }
}
