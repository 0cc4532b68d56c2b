// When one book may ask for its snapshot: at once the first time; again when no answer came for a while, and with growing
// pauses when answers came and did not hold, so that a venue which serves broken books is not asked in a loop. Pure: the
// caller brings the time. The requests of all books share a token bucket in ingest, which is the harder limit.

import {
  RESYNC_CALM_MS,
  RESYNC_RETRY_MS,
  RESYNC_RETRY_MS_MAX,
  RESYNC_SPACING_MS,
  RESYNC_SPACING_MS_MAX,
} from './limits.js'

export class ResyncSchedule {
  /** Infinity when nothing is wanted. */
  #dueMs = Number.POSITIVE_INFINITY
  #askedMs = Number.NEGATIVE_INFINITY
  #isAnswered = true
  #answeredMs = Number.NEGATIVE_INFINITY
  #retryMs = RESYNC_RETRY_MS
  /** 0: no answer failed lately. */
  #spacingMs = 0
  /** Answers that may still come, and how many of them were asked for before the last doubt; those come first. */
  #openCount = 0
  #doubtedCount = 0

  /** An answer that was asked for before now may be too old, and nothing else will tell. */
  distrust(): void {
    this.#doubtedCount = this.#openCount
  }

  /** An answer came. True when it was asked for after the last doubt, so that it shows everything the doubt was about. */
  arrived(): boolean {
    const isCurrent = this.#openCount > 0 && this.#doubtedCount === 0
    this.#openCount = Math.max(0, this.#openCount - 1)
    this.#doubtedCount = Math.max(0, this.#doubtedCount - 1)
    return isCurrent
  }

  /** The book needs a snapshot. While a request is under way this changes nothing. */
  want(nowMs: number): void {
    if (this.#isAnswered && nowMs - this.#answeredMs >= RESYNC_CALM_MS) this.#spacingMs = 0
    const dueMs = Math.max(nowMs, this.#askedMs + (this.#isAnswered ? this.#spacingMs : this.#retryMs))
    this.#dueMs = Math.min(this.#dueMs, dueMs)
  }

  /** A snapshot should come unasked: ask only when it does not. */
  expect(nowMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, nowMs + RESYNC_RETRY_MS)
  }

  /** True once per request: the caller asks now. The next one is due when no answer comes. */
  take(nowMs: number): boolean {
    if (nowMs < this.#dueMs) return false
    if (!this.#isAnswered) this.#retryMs = Math.min(RESYNC_RETRY_MS_MAX, this.#retryMs * 2)
    this.#isAnswered = false
    this.#openCount = Math.min(ANSWERS_OPEN_MAX, this.#openCount + 1)
    this.#askedMs = nowMs
    this.#dueMs = nowMs + this.#retryMs
    return true
  }

  /** An answer came that is of no use, e.g. older than the first held delta: ask for another soon. */
  answeredInVain(nowMs: number): void {
    this.#answered(nowMs)
    this.want(nowMs)
  }

  /** The book is live. */
  satisfied(nowMs: number): void {
    this.#answered(nowMs)
    this.#dueMs = Number.POSITIVE_INFINITY
  }

  /** The connection is gone or new: nothing is wanted, no pause is owed. */
  reset(): void {
    this.#dueMs = Number.POSITIVE_INFINITY
    this.#askedMs = Number.NEGATIVE_INFINITY
    this.#answeredMs = Number.NEGATIVE_INFINITY
    this.#isAnswered = true
    this.#retryMs = RESYNC_RETRY_MS
    this.#spacingMs = 0
    this.distrust()
  }

  #answered(nowMs: number): void {
    if (!this.#isAnswered) {
      this.#spacingMs = Math.min(RESYNC_SPACING_MS_MAX, Math.max(RESYNC_SPACING_MS, this.#spacingMs * 2))
    }
    this.#isAnswered = true
    this.#answeredMs = nowMs
    this.#retryMs = RESYNC_RETRY_MS
    this.#dueMs = Number.POSITIVE_INFINITY
  }
}

/** One request that ingest has in hand and one that waits there; more of one instrument are one. */
const ANSWERS_OPEN_MAX = 2
