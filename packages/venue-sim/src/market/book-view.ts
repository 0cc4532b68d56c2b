// A book as the subscribers of one topic know it: the levels they have, and the next delta. A view with a window (Bybit, OKX)
// keeps that many levels a side: a level that leaves the window is published as removed, one that enters it as new.
import assert from 'node:assert/strict'
import { SLOT_COUNT } from './ladder.js'
import type { MarketBook } from './market-book.js'

export class BookView {
  readonly #book: MarketBook
  readonly #levelCountMax: number
  /** Lots per slot that subscribers have: above zero for a bid, below zero for an ask. */
  readonly #known = new Int32Array(SLOT_COUNT)
  #lowSlot = 0
  #highSlot = SLOT_COUNT - 1
  #bids = ''
  #asks = ''

  /** Without `levelCountMax` the view is the whole book. */
  constructor(book: MarketBook, levelCountMax = Number.POSITIVE_INFINITY) {
    assert(levelCountMax > 0, 'a view has levels')
    this.#book = book
    this.#levelCountMax = levelCountMax
    this.restart()
  }

  /** Takes over the whole book as it is, without a delta. */
  restart(): void {
    this.#moveWindow()
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) this.#known[slot] = this.#target(slot)
  }

  /** The level lists of the last delta, without their brackets. */
  get bids(): string {
    return this.#bids
  }

  get asks(): string {
    return this.#asks
  }

  /** Takes over the slots that the book has touched, and makes the texts of the delta on request. */
  update(isTextWanted: boolean): void {
    const book = this.#book
    this.#bids = ''
    this.#asks = ''
    const [lowBefore, highBefore] = [this.#lowSlot, this.#highSlot]
    this.#moveWindow()
    for (let index = 0; index < book.touchedCount; index += 1) this.#visit(book.touched[index]!, isTextWanted)
    this.#visitBetween(lowBefore, this.#lowSlot, isTextWanted)
    this.#visitBetween(this.#highSlot, highBefore, isTextWanted)
  }

  /** The levels of a snapshot, best first, with the first `touchedCount` changes of the next delta already applied. */
  snapshot(levelCountMax: number, touchedCount = 0): { bids: [string, string][]; asks: [string, string][] } {
    assert(touchedCount <= this.#book.touchedCount, 'a snapshot has no more changes than the next delta')
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
    if (after > 0) this.#listBid(slot, after)
    else if (before > 0) this.#listBid(slot, 0)
    if (after < 0) this.#listAsk(slot, -after)
    else if (before < 0) this.#listAsk(slot, 0)
  }

  #listBid(slot: number, lots: number): void {
    const { levelHeads, levelTails } = this.#book.ladder
    this.#bids += (this.#bids === '' ? '' : ',') + levelHeads[slot]! + levelTails[lots]!
  }

  #listAsk(slot: number, lots: number): void {
    const { levelHeads, levelTails } = this.#book.ladder
    this.#asks += (this.#asks === '' ? '' : ',') + levelHeads[slot]! + levelTails[lots]!
  }

  /** What subscribers should have at a slot. */
  #target(slot: number): number {
    if (slot < this.#lowSlot || slot > this.#highSlot) return 0
    const lots = this.#book.amounts[slot]!
    return slot <= this.#book.middle ? lots : -lots
  }

  #moveWindow(): void {
    if (this.#levelCountMax === Number.POSITIVE_INFINITY) return
    const { middle } = this.#book
    this.#lowSlot = this.#windowEnd(middle, -1)
    this.#highSlot = this.#windowEnd(middle + 1, 1)
  }

  /** The slot of the last level in the window, from the first slot of a side outwards. */
  #windowEnd(first: number, step: 1 | -1): number {
    const { amounts } = this.#book
    let [slot, left] = [first, this.#levelCountMax]
    for (; slot >= 0 && slot < SLOT_COUNT; slot += step) {
      if (amounts[slot] !== 0) left -= 1
      if (left === 0) break
    }
    assert(left === 0, 'a side of the book fills the window')
    return slot
  }
}
