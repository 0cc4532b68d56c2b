// The gateway's looks for trades. Whatever it does that is not for a trade is done in slices, and before each it looks whether
// a trade has come. Measures how long it went without a look: within a turn, and from the first socket event after a turn to
// the next look. It does not count the sending of trades, nor the time in which there is nothing to do. What else holds the
// thread up meanwhile is in it: a garbage collection, other agents of the thread, a busy processor.

import assert from 'node:assert/strict'
import type { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import { DOUBLE } from '@tradelane/shared/thread/clock'
import { LOOK_US_MAX } from './limits.js'

const RECENT_MS = 1_000
/** A double, as the times are. */
const NOTHING_TO_DO = Number.NEGATIVE_INFINITY

export class Looks {
  /** Of the next record to read: the cursor of a caught-up client. */
  next: number
  readonly #log: TradeLogReader
  readonly #nowMs: () => number
  /** The time of the last look, or since when there is something to do. */
  #sinceMs = NOTHING_TO_DO
  /** Between the last two looks. */
  #gapMs = DOUBLE
  #gapMsMax = DOUBLE
  /** Of the second under way, and of the last full one. */
  #secondMs = DOUBLE
  #secondGapMs = DOUBLE
  #recentGapMs = DOUBLE

  constructor(log: TradeLogReader, nowMs: () => number) {
    this.#log = log
    this.#nowMs = nowMs
    this.#secondMs = nowMs()
    this.#gapMsMax = 0
    this.#secondGapMs = 0
    this.#recentGapMs = 0
    this.next = log.newest() + 1
  }

  /** The time of the last look in this turn. */
  get lookedMs(): number {
    return this.#sinceMs
  }

  /** A look. */
  isTradeWaiting(): boolean {
    const nowMs = this.#nowMs()
    this.#gapMs = nowMs - this.#sinceMs
    this.#sinceMs = nowMs
    this.#countGap()
    return this.#log.isPublished(this.next)
  }

  /** Whether a socket event, outside of turns, has to look first: not when it is the first for a while. */
  isDue(): boolean {
    const nowMs = this.#nowMs()
    if (nowMs < this.#sinceMs) assert.fail('monotonic time never goes back')
    if (this.#sinceMs === NOTHING_TO_DO) this.#sinceMs = nowMs
    return nowMs - this.#sinceMs >= LOOK_US_MAX / 1_000
  }

  /** A turn begins, and reads the log first. */
  turnStarted(nowMs: number): void {
    if (this.#sinceMs === NOTHING_TO_DO) this.#sinceMs = nowMs
    else {
      this.#gapMs = nowMs - this.#sinceMs
      this.#sinceMs = nowMs
      this.#countGap()
    }
  }

  /** Trades were sent until now. */
  tradesSent(): void {
    assert(this.#sinceMs !== NOTHING_TO_DO, 'trades are sent in a turn')
    this.#sinceMs = this.#nowMs()
  }

  /** Until the next turn or socket event. */
  turnEnded(): void {
    if (this.#sinceMs === NOTHING_TO_DO) assert.fail('a turn ends after it began')
    this.#sinceMs = NOTHING_TO_DO
  }

  /** The longest time between two looks so far. */
  get gapUsMax(): number {
    return this.#gapMsMax * 1_000
  }

  /** The same within the last full second. Call it more than once a second. */
  gapUsRecent(nowMs: number): number {
    assert(nowMs >= this.#secondMs, 'monotonic time never goes back')
    if (nowMs - this.#secondMs >= RECENT_MS) {
      this.#secondMs = nowMs
      this.#recentGapMs = this.#secondGapMs
      this.#secondGapMs = 0
    }
    return this.#recentGapMs * 1_000
  }

  /** In a field: a gap that is handed over is an object each time. */
  #countGap(): void {
    const gapMs = this.#gapMs
    // Not `assert(…)`, whose call takes 3 ns: this runs for every slice.
    if (gapMs < 0) assert.fail('monotonic time never goes back')
    if (gapMs <= this.#secondGapMs) return
    this.#secondGapMs = gapMs
    if (gapMs > this.#gapMsMax) this.#gapMsMax = gapMs
  }
}
