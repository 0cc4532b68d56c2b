// How far the trades of one instrument are published, and whether that is complete. What ids prove depends on the venue:
// contiguous ones show how many trades are missing; ascending ones only which came already; opaque ones only whether they
// are equal.

import assert from 'node:assert/strict'
import type { TradeEvent } from '@tradelane/shared/market/market-events'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import type { TradeIdRule } from '@tradelane/venues/venue'
import { OVERLAP_LATE_US_MAX, RENUMBERED_US } from '../limits.js'
import { TradeIds } from './trade-ids.js'
import { TradeNumbers } from './trade-numbers.js'

/** What is missing before a trade. */
interface Missing {
  /** The first id that the trade covers. */
  readonly firstId: string
  /** Null where ids do not show it. */
  readonly count: number | null
}

/** Each trade is offered to `add`; then `missingBefore`, and `passed` or `lost`, are about that trade. */
export class TradeProgress {
  /** Of the last trade in order. */
  lastId: string | null = null
  lastVenueUs: WallUs | null = null
  /** Trades may have been missed since the last one. Contiguous ids show with the next one whether any were. */
  isUncertain = false
  readonly #isContiguous: boolean
  /** One of the two. */
  readonly #texts: TradeIds | undefined
  readonly #numbers: TradeNumbers | undefined
  /** Contiguous ids: up to this one each was published or is in a gap. NaN before the first. */
  #lastNumber = Number.NaN
  #number = Number.NaN
  #idCount = 1
  /** The trade belongs before the last one, where its gap was published. */
  #isLate = false
  /** Up to this number trades came on the connection before; NaN while no overlap is under way. */
  #overlapNumber = Number.NaN
  #overlapUntilUs = DOUBLE_ZERO

  constructor(rule: TradeIdRule) {
    this.#isContiguous = rule === 'contiguous'
    if (rule === 'opaque') this.#texts = new TradeIds()
    else this.#numbers = new TradeNumbers()
  }

  /** Whether the next trade will show what was missed. */
  get willProve(): boolean {
    return this.#isContiguous && this.lastId !== null
  }

  /** False for a trade that came before. */
  add(trade: TradeEvent): boolean {
    if (this.#numbers === undefined ? this.#addText(trade, this.#texts!) : this.#addNumber(trade, this.#numbers))
      return true
    // The last trade came again: nothing was missed in between.
    if (this.isUncertain && trade.id === this.lastId) this.isUncertain = false
    return false
  }

  /** Undefined where nothing is missing, as far as ids show. */
  missingBefore(trade: TradeEvent): Missing | undefined {
    if (!this.#isContiguous) return this.isUncertain ? { firstId: trade.id, count: null } : undefined
    if (this.#isLate) return undefined
    const first = this.#number - this.#idCount + 1
    // Ids began again, or the last one was wrong: what lies between cannot be counted.
    if (this.#number <= this.#lastNumber) return { firstId: String(first), count: null }
    if (first > this.#lastNumber + 1) return { firstId: String(first), count: first - this.#lastNumber - 1 }
    // The trades of this thread's predecessor, whose ids are not known here.
    return this.isUncertain && this.lastId === null ? { firstId: String(first), count: null } : undefined
  }

  /** The trade, and what is missing before it, is published. */
  passed(trade: TradeEvent): void {
    if (this.#isLate) return
    if (this.#isContiguous) this.#lastNumber = this.#number
    this.isUncertain = false
    this.lastId = trade.id
    this.lastVenueUs = trade.venueUs
  }

  /** What is missing before the trade is published, but the trade itself is not. */
  lost(): void {
    if (this.#isLate) return
    if (this.#isContiguous) this.#lastNumber = this.#number - this.#idCount
    else this.isUncertain = true
  }

  /** Another connection delivers, and will repeat what the one before delivered until now. */
  overlap(nowUs: MonotonicUs): void {
    this.#overlapNumber = this.#numbers?.highest ?? Number.NaN
    this.#overlapUntilUs = nowUs + OVERLAP_LATE_US_MAX
  }

  #addText(trade: TradeEvent, texts: TradeIds): boolean {
    if (texts.add(trade.id)) return true
    if (!this.#isNewer(trade)) return false
    this.isUncertain = true
    return true
  }

  #addNumber(trade: TradeEvent, numbers: TradeNumbers): boolean {
    const number = Number(trade.id)
    const idCount = trade.idCount ?? 1
    assert(Number.isSafeInteger(number) && idCount >= 1, 'a contiguous id is an integer and covers at least one trade')
    const isRestarted = number <= numbers.highest && this.#isNewer(trade)
    if (isRestarted) this.#restartAt(number, numbers)
    else if (number <= this.#overlapNumber && trade.receivedUs <= this.#overlapUntilUs) return false
    this.#overlapNumber = Number.NaN
    this.#number = number
    this.#idCount = idCount
    this.#isLate = !isRestarted && number <= this.#lastNumber && numbers.isKept(number)
    return numbers.add(number)
  }

  /** Ids began again below those that are kept: none of these came. */
  #restartAt(number: number, numbers: TradeNumbers): void {
    numbers.restartAt(number)
    if (!this.#isContiguous) this.isUncertain = true
  }

  /** Too much later than the last one to be a trade that came before, or that belongs before it, whatever its id. */
  #isNewer({ venueUs }: TradeEvent): boolean {
    return this.lastVenueUs !== null && venueUs - this.lastVenueUs > RENUMBERED_US
  }
}
