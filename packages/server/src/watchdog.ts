// Once a second: checks that every thread is alive and that no heap of a gateway fills up, and samples the clock of all threads.

import assert from 'node:assert/strict'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import type { SupervisedThread } from './supervised-thread.js'
import { runs, type ThreadSpec } from './topology.js'

export interface WatchdogOptions {
  readonly threads: Iterable<WatchedThread>
  readonly clockSource: { sample(): void }
  readonly heapWatch: { check(thread: { readonly role: string; readonly heapRatio: number }): void }
  readonly timers: Timers
  /** Monotonic. */
  readonly nowMs: () => number
}

export interface WatchedThread {
  readonly thread: Pick<SupervisedThread, 'role' | 'heapRatio' | 'watch' | 'restartWatch'>
  readonly spec: ThreadSpec
}

export const WATCH_MS = 1_000

export class Watchdog {
  readonly #options: WatchdogOptions
  #timer: Timer | undefined
  #checkedMs = 0

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  start(): void {
    const { timers, nowMs } = this.#options
    assert(this.#timer === undefined, 'a watchdog is started once')
    this.#checkedMs = nowMs()
    this.#timer = timers.setInterval(() => this.#check(), WATCH_MS)
  }

  stop(): void {
    this.#options.timers.clear(this.#timer)
  }

  #check(): void {
    const { threads, clockSource, heapWatch, nowMs } = this.#options
    clockSource.sample()
    const atMs = nowMs()
    assert(atMs >= this.#checkedMs, 'time does not go back')
    // The whole process was late, or the machine slept: the silence of a thread proves nothing.
    const isLate = atMs - this.#checkedMs > 2 * WATCH_MS
    this.#checkedMs = atMs
    for (const { thread, spec } of threads) {
      if (isLate) thread.restartWatch()
      else thread.watch()
      if (runs(spec, 'gateway')) heapWatch.check(thread)
    }
  }
}
