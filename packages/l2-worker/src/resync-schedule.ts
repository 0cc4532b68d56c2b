// When one book may request its snapshot: at once the first time; again when no answer came for a while, and with growing
// pauses when answers came but were of no use, so that a venue which serves broken books gets no requests in a loop. Pure: the
// caller provides the time. The requests of all books share a token bucket in ingest, which is the stricter limit.

import assert from 'node:assert/strict'
import {
  RESYNC_CALM_MS,
  RESYNC_RETRY_MS,
  RESYNC_RETRY_MS_MAX,
  RESYNC_SPACING_MS,
  RESYNC_SPACING_MS_MAX,
} from './limits.js'

export class ResyncSchedule {
  /** Infinity when no snapshot is wanted. */
  #dueMs = Number.POSITIVE_INFINITY
  #askedMs = Number.NEGATIVE_INFINITY
  #isAnswered = true
  #answeredMs = Number.NEGATIVE_INFINITY
  #retryMs = RESYNC_RETRY_MS
  /** 0: no answer was of no use lately. */
  #spacingMs = 0
  /** Answers that may still come, and how many of them were asked for before the last `outdate`; those come first. */
  #openCount = 0
  #outdatedCount = 0

  /** An answer that was asked for before now may be too old, and no sequence would show it. */
  outdate(): void {
    this.#outdatedCount = this.#openCount
    this.#assertCounts()
  }

  /** An answer came. True when it was asked for after the last `outdate`, so that it shows everything before that. */
  arrived(): boolean {
    const isCurrent = this.#openCount > 0 && this.#outdatedCount === 0
    this.#openCount = Math.max(0, this.#openCount - 1)
    this.#outdatedCount = Math.max(0, this.#outdatedCount - 1)
    this.#assertCounts()
    return isCurrent
  }

  /** The book needs a snapshot. While a request is under way this changes nothing. */
  want(nowMs: number): void {
    assert(nowMs >= this.#askedMs && nowMs >= this.#answeredMs, 'time never goes back')
    if (this.#isAnswered && nowMs - this.#answeredMs >= RESYNC_CALM_MS) this.#spacingMs = 0
    const dueMs = Math.max(nowMs, this.#askedMs + (this.#isAnswered ? this.#spacingMs : this.#retryMs))
    this.#dueMs = Math.min(this.#dueMs, dueMs)
  }

  /** A snapshot should come without a request: ask only when it does not. */
  expect(nowMs: number): void {
    assert(this.#isAnswered, 'nothing is expected while a request is under way')
    this.#dueMs = Math.min(this.#dueMs, nowMs + RESYNC_RETRY_MS)
  }

  /** True once per request: the caller asks now. The next one is due when no answer comes. */
  take(nowMs: number): boolean {
    if (nowMs < this.#dueMs) return false
    assert(nowMs >= this.#askedMs + this.#spacingMs || !this.#isAnswered, 'requests keep their spacing')
    if (!this.#isAnswered) this.#retryMs = Math.min(RESYNC_RETRY_MS_MAX, this.#retryMs * 2)
    this.#isAnswered = false
    this.#openCount = Math.min(ANSWERS_OPEN_MAX, this.#openCount + 1)
    this.#askedMs = nowMs
    this.#dueMs = nowMs + this.#retryMs
    this.#assertCounts()
    return true
  }

  /** An answer came that is of no use, e.g. older than the first held delta: ask for another soon. */
  snapshotUnusable(nowMs: number): void {
    this.#answered(nowMs)
    this.want(nowMs)
  }

  /** The book is live. */
  satisfied(nowMs: number): void {
    this.#answered(nowMs)
  }

  /** The connection is gone or new: no snapshot is wanted, and the next request needs no pause. */
  reset(): void {
    this.#dueMs = Number.POSITIVE_INFINITY
    this.#askedMs = Number.NEGATIVE_INFINITY
    this.#answeredMs = Number.NEGATIVE_INFINITY
    this.#isAnswered = true
    this.#retryMs = RESYNC_RETRY_MS
    this.#spacingMs = 0
    this.#outdatedCount = this.#openCount
    this.#assertCounts()
  }

  #answered(nowMs: number): void {
    assert(nowMs >= this.#askedMs, 'an answer comes after its request')
    if (!this.#isAnswered) {
      this.#spacingMs = Math.min(RESYNC_SPACING_MS_MAX, Math.max(RESYNC_SPACING_MS, this.#spacingMs * 2))
    }
    this.#isAnswered = true
    this.#answeredMs = nowMs
    this.#retryMs = RESYNC_RETRY_MS
    this.#dueMs = Number.POSITIVE_INFINITY
  }

  #assertCounts(): void {
    const isOutdatedInRange = this.#outdatedCount >= 0 && this.#outdatedCount <= this.#openCount
    assert(isOutdatedInRange && this.#openCount <= ANSWERS_OPEN_MAX, 'no more answers are outdated than open')
  }
}

/** One request that ingest is serving and one that waits there; more of one instrument are one. */
const ANSWERS_OPEN_MAX = 2
