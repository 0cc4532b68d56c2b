// Whether a shard is too far behind to show its books: they are exact, but old. How long the oldest record waited in
// the ring is known. What waits behind paused sockets, in TCP and at the venue, cannot be seen from here; a ring that stays as
// full as a paused one implies that something does. Pure: the caller provides the time.

import assert from 'node:assert/strict'
import { RECOVERED_RATIO } from '@tradelane/shared/lanes/depth-ring-layout'
import { BEHIND_MS_MAX, CAUGHT_UP_MS, CLOCK_SKEW_MS_MAX, HALF_FULL_RATIO } from './limits.js'

export class ShardLag {
  #isBehind = false
  /** Since when the ring is as full as a paused one; Infinity when it is not. */
  #fullMs = Number.POSITIVE_INFINITY
  /** Since when the ring is nearly empty; Infinity when it is not. */
  #drainedMs = Number.POSITIVE_INFINITY

  get isBehind(): boolean {
    return this.#isBehind
  }

  /** After each turn. `lagMs`: how long the last record read had been in the ring, 0 when it is empty. True on a change. */
  update(nowMs: number, lagMs: number, fillRatio: number): boolean {
    assert(lagMs >= -CLOCK_SKEW_MS_MAX, 'a record is received before it is read')
    assert(fillRatio >= 0 && fillRatio <= 1, 'a ring is between empty and full')
    if (fillRatio < RECOVERED_RATIO) this.#fullMs = Number.POSITIVE_INFINITY
    else if (fillRatio >= HALF_FULL_RATIO) this.#fullMs = Math.min(this.#fullMs, nowMs)
    const isDrained = fillRatio < RECOVERED_RATIO && lagMs < CAUGHT_UP_MS
    this.#drainedMs = isDrained ? Math.min(this.#drainedMs, nowMs) : Number.POSITIVE_INFINITY
    const wasBehind = this.#isBehind
    // Drained for a while: what sockets held back comes at once when they resume, and would have filled the ring again.
    if (wasBehind) this.#isBehind = nowMs - this.#drainedMs < CAUGHT_UP_MS || !isDrained
    else this.#isBehind = lagMs > BEHIND_MS_MAX || nowMs - this.#fullMs > BEHIND_MS_MAX
    return this.#isBehind !== wasBehind
  }
}
