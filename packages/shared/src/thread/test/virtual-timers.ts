// Timers in virtual time: they fire in order of their time, and only when the test moves the time on. Nothing sleeps.

import type { Timer, Timers } from '../timers.js'

interface Scheduled {
  dueMs: number
  readonly everyMs: number | undefined
  readonly callback: () => void
}

export class VirtualTimers implements Timers {
  nowMs: number
  readonly #scheduled = new Set<Scheduled>()

  constructor(nowMs = 0) {
    this.nowMs = nowMs
  }

  get pendingCount(): number {
    return this.#scheduled.size
  }

  setTimeout(callback: () => void, ms: number): Timer {
    return this.#schedule(callback, ms, undefined)
  }

  setInterval(callback: () => void, ms: number): Timer {
    return this.#schedule(callback, ms, ms)
  }

  setImmediate(callback: () => void): void {
    this.#schedule(callback, 0, undefined)
  }

  clear(timer: Timer | undefined): void {
    this.#scheduled.delete(timer as Scheduled)
  }

  runUntil(untilMs: number): void {
    for (let next = this.#next(); next !== undefined && next.dueMs <= untilMs; next = this.#next()) {
      this.nowMs = Math.max(this.nowMs, next.dueMs)
      if (next.everyMs === undefined) this.#scheduled.delete(next)
      else next.dueMs += next.everyMs
      next.callback()
    }
    // Callbacks may have moved it further.
    this.nowMs = Math.max(this.nowMs, untilMs)
  }

  /** As in a process that was stopped until then: several are due at once, and each fires once at most. */
  runLate(untilMs: number): void {
    this.nowMs = untilMs
    for (const timer of [...this.#scheduled].sort((one, other) => one.dueMs - other.dueMs)) {
      if (timer.dueMs > untilMs || !this.#scheduled.has(timer)) continue
      if (timer.everyMs === undefined) this.#scheduled.delete(timer)
      else timer.dueMs = untilMs + timer.everyMs
      timer.callback()
    }
  }

  #schedule(callback: () => void, ms: number, everyMs: number | undefined): Timer {
    const scheduled: Scheduled = { dueMs: this.nowMs + ms, everyMs, callback }
    this.#scheduled.add(scheduled)
    return scheduled
  }

  /** Equals in the order in which they were set. */
  #next(): Scheduled | undefined {
    let next: Scheduled | undefined
    for (const scheduled of this.#scheduled) if (next === undefined || scheduled.dueMs < next.dueMs) next = scheduled
    return next
  }
}
