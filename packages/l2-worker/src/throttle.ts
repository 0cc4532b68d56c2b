// When each book of a shard may go out: the first change after quiet at once, then at most one per interval, and the last
// change always, at the latest one interval after the emission before it. Only emissions are throttled: every delta is
// applied first. A reset does not wait for the interval. Pure: the caller provides the time.

import assert from 'node:assert/strict'

export class Throttle {
  readonly #intervalMs: Float64Array
  readonly #emittedMs: Float64Array
  /** Infinity where no change waits. */
  readonly #dueMs: Float64Array
  /** No due time is earlier; it may be too early after a withdrawal. */
  #earliestMs = Number.POSITIVE_INFINITY
  /** Where the next search for due books starts, so that a low index is not always first. */
  #start = 0

  /** One interval per book, by index. */
  constructor(intervalMs: readonly number[]) {
    this.#intervalMs = Float64Array.from(intervalMs)
    this.#emittedMs = new Float64Array(intervalMs.length).fill(Number.NEGATIVE_INFINITY)
    this.#dueMs = new Float64Array(intervalMs.length).fill(Number.POSITIVE_INFINITY)
  }

  /** The book at `index` changed. */
  changed(index: number, nowMs: number): void {
    assert(index < this.#dueMs.length, 'each book of the shard has a throttle')
    if (this.#dueMs[index]! !== Number.POSITIVE_INFINITY) return
    this.#setDue(index, Math.max(nowMs, this.#emittedMs[index]! + this.#intervalMs[index]!))
  }

  /** The book at `index` is a new one: it goes out now. */
  reset(index: number, nowMs: number): void {
    this.#setDue(index, nowMs)
  }

  /** The book at `index` must not go out (it is stale); its next change is treated as any other. */
  withdraw(index: number): void {
    this.#dueMs[index] = Number.POSITIVE_INFINITY
  }

  /** The index of a due book, which counts as emitted now; -1 when none is due. */
  take(nowMs: number): number {
    if (this.#earliestMs > nowMs) return -1
    const count = this.#dueMs.length
    let earliestMs = Number.POSITIVE_INFINITY
    for (let step = 0; step < count; step += 1) {
      const index = (this.#start + step) % count
      const dueMs = this.#dueMs[index]!
      if (dueMs <= nowMs) {
        assert(nowMs >= this.#emittedMs[index]!, 'time never goes back')
        this.#dueMs[index] = Number.POSITIVE_INFINITY
        this.#emittedMs[index] = nowMs
        this.#start = (index + 1) % count
        return index
      }
      if (dueMs < earliestMs) earliestMs = dueMs
    }
    assert(earliestMs >= this.#earliestMs, 'no book is due before the earliest')
    this.#earliestMs = earliestMs
    return -1
  }

  /** 0 when a book may be due, Infinity when no change waits. */
  msToNext(nowMs: number): number {
    return Math.max(0, this.#earliestMs - nowMs)
  }

  #setDue(index: number, dueMs: number): void {
    assert(dueMs >= this.#emittedMs[index]!, 'a book is due after its last emission')
    this.#dueMs[index] = dueMs
    if (dueMs < this.#earliestMs) this.#earliestMs = dueMs
  }
}
