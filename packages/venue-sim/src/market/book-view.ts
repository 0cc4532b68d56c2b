// A book as the clients of one stream know it: the levels they were told, and what to tell them next. A view with a window
// (Bybit) keeps that many levels a side, so a level that leaves it is told as removed and one that enters it as a level.
import { SLOT_COUNT } from './ladder.js'
import type { MarketBook } from './market-book.js'

export class BookView {
  readonly #book: MarketBook
  readonly #levelCountMax: number
  /** Per slot what the client has: lots of a bid above zero, of an ask below. */
  readonly #known = new Int32Array(SLOT_COUNT)
  #lowSlot = 0
  #highSlot = SLOT_COUNT - 1
  #bids = ''
  #asks = ''

  /** Without `levelCountMax` the view is the whole book. */
  constructor(book: MarketBook, levelCountMax = Number.POSITIVE_INFINITY) {
    this.#book = book
    this.#levelCountMax = levelCountMax
    this.restart()
  }

  /** Takes over the whole book as it is, without telling what changed. */
  restart(): void {
    this.#lowSlot = this.#windowLow()
    this.#highSlot = this.#windowHigh()
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) this.#known[slot] = this.#target(slot)
  }

  /** The level lists of the last delta, without their brackets. */
  get bids(): string {
    return this.#bids
  }

  get asks(): string {
    return this.#asks
  }

  /** Takes over what the book has touched; the texts are made only when somebody reads them. */
  update(isTextWanted: boolean): void {
    const book = this.#book
    this.#bids = ''
    this.#asks = ''
    const [lowBefore, highBefore] = [this.#lowSlot, this.#highSlot]
    this.#lowSlot = this.#windowLow()
    this.#highSlot = this.#windowHigh()
    for (let index = 0; index < book.touchedCount; index += 1) this.#visit(book.touched[index]!, isTextWanted)
    this.#visitBetween(lowBefore, this.#lowSlot, isTextWanted)
    this.#visitBetween(this.#highSlot, highBefore, isTextWanted)
  }

  /** The levels of a snapshot, best first, with the first `touchedCount` changes of the next delta already applied. */
  snapshot(levelCountMax: number, touchedCount = 0): { bids: [string, string][]; asks: [string, string][] } {
    const known = touchedCount === 0 ? this.#known : this.#known.slice()
    for (let index = 0; index < touchedCount; index += 1) {
      const slot = this.#book.touched[index]!
      known[slot] = this.#target(slot)
    }
    const { priceTexts, amountTexts } = this.#book.ladder
    const bids: [string, string][] = []
    const asks: [string, string][] = []
    for (let slot = SLOT_COUNT - 1; slot >= 0 && bids.length < levelCountMax; slot -= 1) {
      if (known[slot]! > 0) bids.push([priceTexts[slot]!, amountTexts[known[slot]!]!])
    }
    for (let slot = 0; slot < SLOT_COUNT && asks.length < levelCountMax; slot += 1) {
      if (known[slot]! < 0) asks.push([priceTexts[slot]!, amountTexts[-known[slot]!]!])
    }
    return { bids, asks }
  }

  #visitBetween(from: number, to: number, isTextWanted: boolean): void {
    for (let slot = Math.min(from, to); slot <= Math.max(from, to); slot += 1) this.#visit(slot, isTextWanted)
  }

  #visit(slot: number, isTextWanted: boolean): void {
    const before = this.#known[slot]!
    const after = this.#target(slot)
    if (before === after) return
    this.#known[slot] = after
    if (!isTextWanted) return
    // A slot that changed sides leaves one list and enters the other.
    if (after > 0) this.#tellBid(slot, after)
    else if (before > 0) this.#tellBid(slot, 0)
    if (after < 0) this.#tellAsk(slot, -after)
    else if (before < 0) this.#tellAsk(slot, 0)
  }

  #tellBid(slot: number, lots: number): void {
    const { levelHeads, levelTails } = this.#book.ladder
    this.#bids += (this.#bids === '' ? '' : ',') + levelHeads[slot]! + levelTails[lots]!
  }

  #tellAsk(slot: number, lots: number): void {
    const { levelHeads, levelTails } = this.#book.ladder
    this.#asks += (this.#asks === '' ? '' : ',') + levelHeads[slot]! + levelTails[lots]!
  }

  #target(slot: number): number {
    if (slot < this.#lowSlot || slot > this.#highSlot) return 0
    const lots = this.#book.amounts[slot]!
    return slot <= this.#book.middle ? lots : -lots
  }

  #windowLow(): number {
    if (this.#levelCountMax === Number.POSITIVE_INFINITY) return 0
    const { amounts, middle } = this.#book
    let [slot, left] = [middle, this.#levelCountMax]
    for (; slot > 0; slot -= 1) {
      if (amounts[slot] !== 0) left -= 1
      if (left === 0) break
    }
    return slot
  }

  #windowHigh(): number {
    if (this.#levelCountMax === Number.POSITIVE_INFINITY) return SLOT_COUNT - 1
    const { amounts, middle } = this.#book
    let [slot, left] = [middle + 1, this.#levelCountMax]
    for (; slot < SLOT_COUNT - 1; slot += 1) {
      if (amounts[slot] !== 0) left -= 1
      if (left === 0) break
    }
    return slot
  }
}
