// Whether a shard is too far behind to show its books: they are exact, but of the past. The ring tells how long its oldest
// record waited there. What waits behind paused sockets, in TCP and at the venue, nobody can see from here; a ring that stays
// as full as a paused one says that something does. Pure: the caller brings the time.

import { RECOVERED_RATIO } from '@tradelane/shared/lanes/depth-ring-layout'
import { BEHIND_MS_MAX, CAUGHT_UP_MS, HALF_FULL_RATIO } from './limits.js'

export class ShardLag {
  #isBehind = false
  /** Since when the ring is as full as a paused one; Infinity when it is not. */
  #fullMs = Number.POSITIVE_INFINITY
  /** Since when there is next to nothing in the ring; Infinity when there is. */
  #drainedMs = Number.POSITIVE_INFINITY

  get isBehind(): boolean {
    return this.#isBehind
  }

  /** After each turn. `waitedMs`: how long the record read last had been in the ring, 0 when it is empty. True on a change. */
  look(nowMs: number, waitedMs: number, fillRatio: number): boolean {
    if (fillRatio < RECOVERED_RATIO) this.#fullMs = Number.POSITIVE_INFINITY
    else if (fillRatio >= HALF_FULL_RATIO) this.#fullMs = Math.min(this.#fullMs, nowMs)
    const isDrained = fillRatio < RECOVERED_RATIO && waitedMs < CAUGHT_UP_MS
    this.#drainedMs = isDrained ? Math.min(this.#drainedMs, nowMs) : Number.POSITIVE_INFINITY
    const wasBehind = this.#isBehind
    // Drained for a while: what was held back elsewhere comes at once when sockets go on, and would have filled the ring again.
    if (wasBehind) this.#isBehind = nowMs - this.#drainedMs < CAUGHT_UP_MS || !isDrained
    else this.#isBehind = waitedMs > BEHIND_MS_MAX || nowMs - this.#fullMs > BEHIND_MS_MAX
    return this.#isBehind !== wasBehind
  }
}
