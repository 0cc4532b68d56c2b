// The book of one instrument: an amount per slot of the ladder, bids up to the middle slot and asks above it, so it is never
// crossed. Changed slots are kept as touched until every view has published them (book-view.ts).
import assert from 'node:assert/strict'
import { DIGEST_LEVEL_COUNT, digestText, fnv1a } from './digest.js'
import { CENTRE_SLOT, type Ladder, LOTS_MAX, SLOT_COUNT } from './ladder.js'
import type { Random } from './random.js'

// The middle stays this near to the centre, so a client that got 1,000 levels once always knows the best 50.
const WANDER_SLOTS = 300
const MOVE_SLOTS_MAX = 2
// Slots farther out than this are never empty: no side has fewer than 1,000 levels.
const THINNING_SLOTS = 400
/** A delta and the quotes before it change fewer slots. */
const TOUCHED_MAX = 512
const LOTS_DRAWN_MAX = LOTS_MAX - 1

export interface BookTop {
  readonly bid: string
  readonly bidAmount: string
  readonly ask: string
  readonly askAmount: string
}

export class MarketBook {
  readonly ladder: Ladder
  readonly amounts = new Int32Array(SLOT_COUNT)
  readonly touched = new Int32Array(TOUCHED_MAX)
  touchedCount = 0
  middle = CENTRE_SLOT
  readonly #hashFirst = new Int32Array(SLOT_COUNT)
  readonly #hashSecond = new Int32Array(SLOT_COUNT)
  /** Per slot, of what the hashes are: lots above zero for a bid, below zero for an ask, 0 for nothing yet. */
  readonly #hashed = new Int32Array(SLOT_COUNT)
  readonly #touchedIn = new Int32Array(SLOT_COUNT)
  #round = 1
  readonly #random: Random
  readonly #quoteRandom: Random

  constructor(ladder: Ladder, random: Random, quoteRandom: Random) {
    this.ladder = ladder
    this.#random = random
    this.#quoteRandom = quoteRandom
    for (let slot = 0; slot < SLOT_COUNT; slot += 1) {
      const isNear = Math.abs(slot - CENTRE_SLOT) < THINNING_SLOTS
      this.#write(slot, isNear && random.below(5) === 0 ? 0 : this.#drawLots(random))
    }
  }

  /** Makes the changes of one delta: sometimes the middle moves, then 5 to 36 levels change. */
  change(): void {
    const random = this.#random
    this.#moveMiddle(random)
    const count = 5 + random.below(32)
    for (let index = 0; index < count; index += 1) this.#changeLevel(random, index < 5)
    assert(Math.abs(this.middle - CENTRE_SLOT) < WANDER_SLOTS + MOVE_SLOTS_MAX, 'the middle stays near the centre')
  }

  /** Changes the size at the best price of one side, as between two deltas. */
  changeTop(): void {
    const random = this.#quoteRandom
    const slot = random.below(2) === 0 ? this.bestBid() : this.bestAsk()
    const lots = this.#drawLots(random)
    this.#set(slot, lots === this.amounts[slot] ? (lots % LOTS_DRAWN_MAX) + 1 : lots)
  }

  /** The position of a cyclic book; undefined for this one. */
  get cyclePosition(): number | undefined {
    return undefined
  }

  bestBid(): number {
    let slot = this.middle
    while (slot >= 0 && this.amounts[slot] === 0) slot -= 1
    assert(slot >= 0, 'a book has bids')
    return slot
  }

  bestAsk(): number {
    let slot = this.middle + 1
    while (slot < SLOT_COUNT && this.amounts[slot] === 0) slot += 1
    assert(slot < SLOT_COUNT, 'a book has asks')
    return slot
  }

  /** The next level behind another one, towards lower (-1) or higher (1) prices. */
  nextLevel(from: number, step: 1 | -1): number {
    let slot = from + step
    while (slot > 0 && slot < SLOT_COUNT - 1 && this.amounts[slot] === 0) slot += step
    assert(slot > 0 && slot < SLOT_COUNT - 1, 'a side of the book has more levels than an order trades at')
    return slot
  }

  /** A price well behind the best bid or ask: the limit of a liquidation order. */
  drawFarSlot(isBid: boolean, random: Random): number {
    const distance = 40 + random.below(200)
    return isBid ? this.bestBid() - distance : this.bestAsk() + distance
  }

  /** The best prices and their amounts, as text. */
  top(): BookTop {
    const { priceTexts, amountTexts } = this.ladder
    const [bid, ask] = [this.bestBid(), this.bestAsk()]
    return {
      bid: priceTexts[bid]!,
      bidAmount: amountTexts[this.amounts[bid]!]!,
      ask: priceTexts[ask]!,
      askAmount: amountTexts[this.amounts[ask]!]!,
    }
  }

  /** To be called when every view has published the touched slots. */
  clearTouched(): void {
    this.touchedCount = 0
    this.#round += 1
  }

  /** The digest of the best 50 of each side as they are now. */
  digest(): string {
    const [amounts, hashFirst, hashSecond] = [this.amounts, this.#hashFirst, this.#hashSecond]
    let first = 0
    let second = 0
    for (const step of [-1, 1]) {
      let weight = 1
      let slot = step < 0 ? this.middle : this.middle + 1
      for (; slot >= 0 && slot < SLOT_COUNT && weight < 2 * DIGEST_LEVEL_COUNT; slot += step) {
        const lots = amounts[slot]!
        if (lots === 0) continue
        if (this.#hashed[slot] !== (step < 0 ? lots : -lots)) this.#hash(slot, step < 0)
        first = (first + Math.imul(hashFirst[slot]!, weight)) | 0
        second = (second + Math.imul(hashSecond[slot]!, weight)) | 0
        weight += 2
      }
      assert(weight > 2 * DIGEST_LEVEL_COUNT, 'a side of the book has the levels of a digest')
    }
    return digestText(first, second)
  }

  #moveMiddle(random: Random): void {
    const draw = random.below(16)
    if (draw > 1) return
    const isFarUp = this.middle - CENTRE_SLOT >= WANDER_SLOTS
    const isFarDown = CENTRE_SLOT - this.middle >= WANDER_SLOTS
    const isUp = isFarDown || (draw === 0 && !isFarUp)
    // Slots change sides one after the other, nearest first: after any number of these changes the book is uncrossed.
    for (let left = 1 + random.below(MOVE_SLOTS_MAX); left > 0; left -= 1) {
      const slot = isUp ? this.middle + 1 : this.middle
      this.middle += isUp ? 1 : -1
      this.#set(slot, random.below(4) === 0 ? 0 : this.#drawLots(random))
    }
  }

  #changeLevel(random: Random, mustBeNear: boolean): void {
    const isNear = mustBeNear || random.below(8) !== 0
    let distance = isNear ? (random.below(64) * random.below(64)) >> 6 : 64 + random.below(900)
    const isBid = random.below(2) === 0
    let slot = isBid ? this.middle - distance : this.middle + 1 + distance
    while (this.#touchedIn[slot] === this.#round && distance < SLOT_COUNT / 4) {
      distance += 1
      slot = isBid ? this.middle - distance : this.middle + 1 + distance
    }
    const before = this.amounts[slot]!
    const isRemoval = random.below(5) === 0 && Math.abs(slot - CENTRE_SLOT) < THINNING_SLOTS
    const lots = this.#drawLots(random)
    if (isRemoval && before !== 0) this.#set(slot, 0)
    else this.#set(slot, lots === before ? (lots % LOTS_DRAWN_MAX) + 1 : lots)
  }

  /** Mostly small sizes, some large ones. */
  #drawLots(random: Random): number {
    const bits = random.bits()
    return 1 + ((((bits & 0x1fff) * ((bits >>> 13) & 0x1fff)) >>> 13) % LOTS_DRAWN_MAX)
  }

  #set(slot: number, lots: number): void {
    this.#write(slot, lots)
    if (this.#touchedIn[slot] === this.#round) return
    assert(this.touchedCount < TOUCHED_MAX, 'the touched slots of a delta have a limit')
    this.#touchedIn[slot] = this.#round
    this.touched[this.touchedCount] = slot
    this.touchedCount += 1
  }

  #write(slot: number, lots: number): void {
    assert(slot >= 0 && slot < SLOT_COUNT && lots >= 0 && lots <= LOTS_MAX, 'a level is on the ladder')
    this.amounts[slot] = lots
  }

  /** Only levels among the best 50 need it. */
  #hash(slot: number, isBid: boolean): void {
    const lots = this.amounts[slot]!
    assert(lots > 0 && isBid === slot <= this.middle, 'a level has an amount and a side')
    const text = this.ladder.amountTexts[lots]!
    const { bidHashFirst, bidHashSecond, askHashFirst, askHashSecond } = this.ladder
    this.#hashed[slot] = isBid ? lots : -lots
    this.#hashFirst[slot] = fnv1a((isBid ? bidHashFirst : askHashFirst)[slot]!, text)
    this.#hashSecond[slot] = fnv1a((isBid ? bidHashSecond : askHashSecond)[slot]!, text)
  }
}
