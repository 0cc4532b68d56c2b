// When one book may request a remedy: at once the first time; again when no answer came for a while, and with growing pauses
// when answers came but were of no use, so that a venue which serves broken books gets no requests in a loop. Which remedy is
// next, and when to pause, is decided by `remedy-ladder.ts`. Pure: the caller provides the time. The requests of all books share
// a token bucket in ingest, which is the stricter limit.

import assert from 'node:assert/strict'
import type { Remedy } from '@tradelane/shared/thread/thread-messages'
import {
  ANSWERS_TOO_OLD_MAX,
  RESYNC_CALM_MS,
  RESYNC_RETRY_MS,
  RESYNC_RETRY_MS_MAX,
  RESYNC_SPACING_MS,
  RESYNC_SPACING_MS_MAX,
} from './limits.js'
import { RemedyLadder } from './remedy-ladder.js'

interface ResyncOptions {
  /** See `RemedyLadder`. */
  readonly snapshotsPerRound: number
  /** Whether a request without an answer has failed; otherwise ingest goes on trying. */
  readonly failsUnanswered: boolean
}

const ONE_REMEDY: ResyncOptions = { snapshotsPerRound: Number.POSITIVE_INFINITY, failsUnanswered: false }

export class ResyncSchedule {
  readonly #ladder: RemedyLadder
  readonly #failsUnanswered: boolean
  /** No remedy is tried before. */
  #pausedMs = Number.NEGATIVE_INFINITY
  /** Of a pause that was not reported yet; 0 without one. */
  #newPauseMs = 0
  #tooOldCount = 0
  /** A snapshot made the book, and nothing has been wanted since. */
  #isExact = false
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

  constructor({ snapshotsPerRound, failsUnanswered }: ResyncOptions = ONE_REMEDY) {
    this.#ladder = new RemedyLadder(snapshotsPerRound)
    this.#failsUnanswered = failsUnanswered
  }

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
    this.#noteCalm(nowMs)
    if (this.#isAnswered && nowMs - this.#answeredMs >= RESYNC_CALM_MS) this.#spacingMs = 0
    const spacedMs = this.#askedMs + (this.#isAnswered ? this.#spacingMs : this.#retryMs)
    const dueMs = Math.max(nowMs, spacedMs, this.#pausedMs)
    this.#dueMs = Math.min(this.#dueMs, dueMs)
  }

  /** A snapshot, or a delta that asks for one, should come without a request: ask only when it does not. */
  expect(nowMs: number, waitMs = RESYNC_RETRY_MS): void {
    assert(this.#isAnswered, 'nothing is expected while a request is under way')
    this.#dueMs = Math.min(this.#dueMs, nowMs + waitMs)
  }

  /** The venue broke a book that it had just made: what made it did not help. Before `want`. */
  broken(nowMs: number): void {
    this.#noteCalm(nowMs)
    if (this.#isAnswered) this.#fail(nowMs)
  }

  /** Milliseconds of a pause that has begun, once; 0 without one. */
  takeNewPause(): number {
    const pauseMs = this.#newPauseMs
    this.#newPauseMs = 0
    return pauseMs
  }

  /** The remedy once per request: the caller asks now. The next one is due when no answer comes. */
  take(nowMs: number): Remedy | undefined {
    if (nowMs < this.#dueMs) return undefined
    assert(nowMs >= this.#askedMs + this.#spacingMs || !this.#isAnswered, 'requests keep their spacing')
    if (!this.#isAnswered && this.#failsUnanswered) this.#fail(nowMs)
    if (nowMs < this.#pausedMs) {
      this.#dueMs = this.#pausedMs
      return undefined
    }
    if (!this.#isAnswered) this.#retryMs = Math.min(RESYNC_RETRY_MS_MAX, this.#retryMs * 2)
    this.#isAnswered = false
    this.#openCount = Math.min(ANSWERS_OPEN_MAX, this.#openCount + 1)
    this.#askedMs = nowMs
    this.#dueMs = nowMs + this.#retryMs
    this.#assertCounts()
    return this.#ladder.take()
  }

  /** An answer came that is older than the first held delta: ask for another soon. */
  snapshotTooOld(nowMs: number): void {
    this.#tooOldCount += 1
    this.snapshotUnusable(nowMs)
  }

  /** An answer came that is of no use: ask for another soon. */
  snapshotUnusable(nowMs: number): void {
    this.#answered(nowMs)
    this.want(nowMs)
  }

  /** The book is live. */
  satisfied(nowMs: number): void {
    this.#tooOldCount = 0
    this.#isExact = true
    this.#answered(nowMs)
  }

  /** The connection is gone or new: no snapshot is wanted, and the next request needs no pause. */
  reset(nowMs: number): void {
    this.#noteCalm(nowMs)
    this.#ladder.renewed()
    this.#pausedMs = Number.NEGATIVE_INFINITY
    this.#tooOldCount = 0
    this.#dueMs = Number.POSITIVE_INFINITY
    this.#askedMs = Number.NEGATIVE_INFINITY
    this.#answeredMs = Number.NEGATIVE_INFINITY
    this.#isAnswered = true
    this.#retryMs = RESYNC_RETRY_MS
    this.#spacingMs = 0
    this.#outdatedCount = this.#openCount
    this.#assertCounts()
  }

  /** A book that was exact for long until now was helped. */
  #noteCalm(nowMs: number): void {
    if (this.#isExact && nowMs - this.#answeredMs >= RESYNC_CALM_MS) this.#ladder.helped()
    this.#isExact = false
  }

  #fail(nowMs: number): void {
    const pauseMs = this.#ladder.failed()
    if (pauseMs === 0) return
    this.#pausedMs = nowMs + pauseMs
    this.#newPauseMs = pauseMs
  }

  #answered(nowMs: number): void {
    assert(nowMs >= this.#askedMs, 'an answer comes after its request')
    if (!this.#isAnswered) {
      const spacingMsMax = this.#tooOldCount > ANSWERS_TOO_OLD_MAX ? RESYNC_RETRY_MS_MAX : RESYNC_SPACING_MS_MAX
      this.#spacingMs = Math.min(spacingMsMax, Math.max(RESYNC_SPACING_MS, this.#spacingMs * 2))
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
