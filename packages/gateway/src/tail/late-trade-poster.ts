// Posts what became a worst trade of this gateway to the admin thread, which explains it. Seldom and little at a time: trades
// wait for the thread that posts.

import assert from 'node:assert/strict'
import type { LateTradePost } from '@tradelane/shared/thread/thread-messages'
import { lateTradeNumbers } from '@tradelane/shared/trace/late-trades'
import type { Chore } from '../chores.js'
import { LATE_POST_MS_MIN, LATE_POST_TRADES_MAX } from '../limits.js'
import type { HopStamps } from './hop-stamps.js'

export class LateTradePoster implements Chore {
  readonly #stamps: HopStamps
  readonly #post: (message: LateTradePost) => void
  #postedMs = Number.NEGATIVE_INFINITY

  constructor(stamps: HopStamps, post: (message: LateTradePost) => void) {
    this.#stamps = stamps
    this.#post = post
  }

  runSlice(nowMs: number): boolean {
    assert(nowMs >= this.#postedMs, 'monotonic time never goes back')
    const { late, lateArrivals } = this.#stamps
    this.#stamps.rotate(nowMs)
    if (late.unpostedCount + lateArrivals.unpostedCount === 0 || nowMs - this.#postedMs < LATE_POST_MS_MIN) return false
    this.#postedMs = nowMs
    // Each of the two has at least half of the room.
    const worst = late.take(LATE_POST_TRADES_MAX - Math.min(lateArrivals.unpostedCount, LATE_POST_TRADES_MAX / 2))
    const worstArrivals = lateArrivals.take(LATE_POST_TRADES_MAX - worst.length)
    this.#post({
      type: 'late-trades',
      worst: lateTradeNumbers(worst),
      worstArrivals: lateTradeNumbers(worstArrivals),
    })
    return false
  }
}
