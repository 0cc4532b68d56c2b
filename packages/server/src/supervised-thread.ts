// One thread under supervision: started, watched by its heartbeat, started again after it died, stopped by its flag.

import type { Log } from '@tradelane/shared/thread/log'
import { type ThreadCell, ThreadState } from '@tradelane/shared/thread/parking'
import type { SupervisorToIngest, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { cpuWaitMs } from '@tradelane/shared/thread/thread-watch'
import { RestartPolicy } from './restart-policy.js'
import type { Launch, LaunchedThread } from './thread-launch.js'

export interface SupervisedThreadOptions {
  readonly role: string
  readonly cell: ThreadCell
  readonly launch: Launch
  readonly log: Log
  readonly onMessage: (message: ThreadToSupervisor) => void
  /** The thread is gone: its memory is nobody's until the next start. */
  readonly onExited: () => void
  /** It runs again after it had died. */
  readonly onRestarted: () => void
  readonly onCrashLoop: (reason: string) => void
  /** What to do with a thread whose heart stands still. */
  readonly onHung: (thread: SupervisedThread) => void
  /** By the system's id of a thread; for tests. */
  readonly cpuWaitMs?: typeof cpuWaitMs
}

/**
 * A thread that shows no sign of life for this long hangs; starting may take as long. The time in which it waited for a CPU
 * does not count: on a machine that is too busy, starting it again would only take more.
 */
export const HUNG_MS = 5_000
/** So much of such waiting at most: one that spins at a low priority waits for nearly all of the time, too. */
export const CPU_WAIT_MS_MAX = 25_000

export class SupervisedThread {
  readonly role: string
  readonly #options: SupervisedThreadOptions
  readonly #policy = new RestartPolicy()
  #thread: LaunchedThread | undefined
  #restart: NodeJS.Timeout | undefined
  #runningMs: number | null = null
  #startCount = 0
  #heartbeat = 0
  #beatenMs = 0
  /** For a CPU, in all, when it was last seen to live. */
  #waitedMs = 0
  #isStopping = false
  #isTerminated = false
  #resolveRunning: (() => void) | undefined
  readonly #running = new Promise<void>(resolve => {
    this.#resolveRunning = resolve
  })

  constructor(options: SupervisedThreadOptions) {
    this.role = options.role
    this.#options = options
  }

  /** Resolves when it runs for the first time. */
  get running(): Promise<void> {
    return this.#running
  }

  start(): void {
    const { cell, launch } = this.#options
    cell.clearForStart()
    this.#startCount += 1
    this.#runningMs = null
    this.#isTerminated = false
    this.#beatenMs = performance.now()
    this.#waitedMs = 0
    this.#heartbeat = cell.heartbeat()
    const thread = launch(message => this.#accept(message))
    this.#thread = thread
    void thread.exited.then(failure => this.#exited(failure))
  }

  post(message: SupervisorToIngest): void {
    this.#thread?.post(message)
  }

  /** Used part of its heap limit, by its own last count; 0 before the first. */
  get heapRatio(): number {
    const { usedBytes, limitBytes } = this.#options.cell.heap()
    return limitBytes === 0 ? 0 : usedBytes / limitBytes
  }

  /** Looks whether it lives. */
  watch(nowMs: number): void {
    if (this.#thread === undefined || this.#isTerminated) return
    const heartbeat = this.#options.cell.heartbeat()
    if (heartbeat !== this.#heartbeat) {
      this.#heartbeat = heartbeat
      this.forgive(nowMs)
      return
    }
    const withoutCpuMs = Math.min(CPU_WAIT_MS_MAX, Math.max(0, this.#cpuWaitMs() - this.#waitedMs))
    if (nowMs - this.#beatenMs - withoutCpuMs > HUNG_MS) this.#options.onHung(this)
  }

  /** The supervisor itself was late: nobody can be blamed for the silence. */
  forgive(nowMs: number): void {
    this.#beatenMs = nowMs
    this.#waitedMs = this.#cpuWaitMs()
  }

  terminate(): void {
    this.#isTerminated = true
    this.#thread?.terminate()
  }

  /** Sets the stop flag. Resolves to true when the thread is gone, to false when it is not after `ms`. */
  async stop(ms: number): Promise<boolean> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    this.#options.cell.requestStop()
    if (this.#thread === undefined) return true
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<boolean>(resolve => {
      timer = setTimeout(() => resolve(false), ms)
    })
    const isGone = await Promise.race([this.#thread.exited.then(() => true), tooLate])
    clearTimeout(timer)
    return isGone
  }

  #cpuWaitMs(): number {
    return (this.#options.cpuWaitMs ?? cpuWaitMs)(this.#options.cell.threadId())
  }

  #accept(message: ThreadToSupervisor): void {
    if (message.type === 'running') {
      this.#runningMs = performance.now()
      this.#options.cell.setState(ThreadState.running)
      this.#resolveRunning?.()
      if (this.#startCount > 1) {
        this.#options.log.info('thread runs again', { thread: this.role, start: this.#startCount })
        this.#options.onRestarted()
      }
    }
    this.#options.onMessage(message)
  }

  #exited(failure: Error | null): void {
    const { cell, log, onExited, onCrashLoop } = this.#options
    this.#thread = undefined
    cell.setState(ThreadState.stopped)
    onExited()
    if (this.#isStopping) return
    const reason = failure?.message.split('\n')[0] ?? 'it returned'
    const verdict = this.#policy.exited(this.#runningMs, performance.now())
    if (verdict === 'crash-loop') {
      onCrashLoop(`thread ${this.role} failed to start again and again: ${reason}`)
      return
    }
    log.warn('thread ended; it is started again', { thread: this.role, reason, inMs: verdict.restartInMs })
    this.#restart = setTimeout(() => this.start(), verdict.restartInMs)
  }
}
