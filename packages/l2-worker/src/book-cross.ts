// Whether a book crosses, since when, and whether its venue's own does. A cross is withheld; when it lasts, a new snapshot shows
// whose it is, and the venue's own is waited out, marked. Pure: the caller provides the time.

import assert from 'node:assert/strict'
import { CROSS_CHECK_MS, CROSSED_MS_MAX } from './limits.js'

/** What a cross that lasts wants now: a new snapshot, or to be marked as the venue's own. */
export type CrossRemedy = 'snapshot' | 'mark'

export class BookCross {
  /** NaN while the sides do not cross. */
  #sinceMs = Number.NaN
  #isMarked = false
  /** When a snapshot was last asked whether the venue's own is crossed, or showed it. */
  #checkedMs = Number.NEGATIVE_INFINITY

  get isCrossed(): boolean {
    return !Number.isNaN(this.#sinceMs)
  }

  /** The sides cross. True when they did not before. */
  begin(nowMs: number): boolean {
    if (this.isCrossed) return false
    this.#sinceMs = nowMs
    return true
  }

  /** They do not, or the book is gone. */
  end(): void {
    this.#sinceMs = Number.NaN
    this.#isMarked = false
  }

  /** A new snapshot made the book. */
  checked(nowMs: number): void {
    if (this.isCrossed) this.#checkedMs = nowMs
  }

  /** Each remedy once. */
  take(nowMs: number): CrossRemedy | undefined {
    assert(!(nowMs < this.#sinceMs), 'time never goes back')
    // False for NaN.
    const isLasting = nowMs - this.#sinceMs > CROSSED_MS_MAX
    if (!isLasting) return undefined
    if (nowMs - this.#checkedMs >= CROSS_CHECK_MS) {
      this.#checkedMs = nowMs
      return 'snapshot'
    }
    if (this.#isMarked) return undefined
    this.#isMarked = true
    return 'mark'
  }
}
