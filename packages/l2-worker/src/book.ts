// The order book of one instrument: two sides of levels in the venue's own text. It knows no sequences: the caller has checked
// them with the venue's chain. Runs in an L2 worker; next is the publication of its best levels.
//
// A side has its levels in sorted arrays, the best one LAST, because most changes happen near the top and then move few
// others. The key of a bid is its price, that of an ask its price negated, so that on both sides a greater key is a better
// level. The texts keep their slots; only keys and slot numbers move, and those are typed arrays.
//
//   position   0 (worst)  …            count - 1 (best)
//   keys       f64        ascending    f64
//   slots      u16 ──────▶ priceTexts[slot], amountTexts[slot]: exactly as the venue wrote them

import assert from 'node:assert/strict'
import type { DepthFrame } from '@tradelane/venues/depth-protocol'
import { amountSign, priceKey } from './decimal-key.js'
import { LEVELS_PER_SIDE_MAX } from './limits.js'

export class Book {
  readonly bids = new BookSide('bids')
  readonly asks = new BookSide('asks')

  /** False when a level is not two decimals: the book must then be cleared. */
  replace(snapshot: DepthFrame, snapshotLevelsMax: number): boolean {
    return this.bids.replace(snapshot.bids, snapshotLevelsMax) && this.asks.replace(snapshot.asks, snapshotLevelsMax)
  }

  /** False when a level is not two decimals: the book must then be cleared. */
  apply(delta: DepthFrame): boolean {
    return this.bids.apply(delta.bids) && this.asks.apply(delta.asks)
  }

  clear(): void {
    this.bids.clear()
    this.asks.clear()
  }

  get isEmpty(): boolean {
    return this.bids.count === 0 && this.asks.count === 0
  }

  get levelCount(): number {
    return this.bids.count + this.asks.count
  }

  get isCrossed(): boolean {
    return this.bids.bestPrice >= this.asks.bestPrice
  }

  /** Levels forgotten since the last call, because their side is full. */
  takeDropped(): number {
    return this.bids.takeDropped() + this.asks.takeDropped()
  }

  /** Whether the best `levelCount` levels of both sides are all known. */
  knows(levelCount: number): boolean {
    return this.bids.knows(levelCount) && this.asks.knows(levelCount)
  }
}

/** Bids or asks of a book. */
export class BookSide {
  readonly #direction: 1 | -1
  #keys = new Float64Array(LEVELS_AT_FIRST)
  #slots = new Uint16Array(LEVELS_AT_FIRST)
  #priceTexts: string[] = []
  #amountTexts: string[] = []
  readonly #freeSlots: number[] = []
  #count = 0
  /** Levels with a smaller key are not known, and not kept: a snapshot was cut there, or this side was full. */
  #floorKey = Number.NEGATIVE_INFINITY
  #droppedCount = 0

  constructor(direction: 'bids' | 'asks') {
    this.#direction = direction === 'bids' ? 1 : -1
  }

  get count(): number {
    return this.#count
  }

  /** NaN when the side is empty, so that every comparison with it is false. */
  get bestPrice(): number {
    return this.#count === 0 ? Number.NaN : this.#direction * this.#keys[this.#count - 1]!
  }

  takeDropped(): number {
    const droppedCount = this.#droppedCount
    this.#droppedCount = 0
    return droppedCount
  }

  /** Whether the best `levelCount` levels are all known, or the side is known to have no more than these. */
  knows(levelCount: number): boolean {
    return this.#count >= levelCount || this.#floorKey === Number.NEGATIVE_INFINITY
  }

  /**
   * Forgets everything and takes the levels of a snapshot, in any order; best first is fastest. `levelsMax` is where the venue
   * cuts its snapshots.
   */
  replace(levels: readonly string[], levelsMax: number): boolean {
    this.clear()
    // From the back: venues send the best level first, and the best one is the last of the arrays.
    for (let at = levels.length - 2; at >= 0; at -= 2) {
      if (!this.#set(levels[at]!, levels[at + 1]!)) return false
    }
    // By the levels that the venue sent: one of amount zero, or a price that comes twice, does not make a cut snapshot complete.
    if (levels.length >= 2 * levelsMax && this.#count > 0) this.#floorKey = this.#keys[0]!
    this.#assertSlots()
    return true
  }

  /** Sets and deletes levels. False when a text is not a decimal: some levels may have been set, the book must be cleared. */
  apply(levels: readonly string[]): boolean {
    for (let at = 0; at + 1 < levels.length; at += 2) {
      if (!this.#set(levels[at]!, levels[at + 1]!)) return false
    }
    return true
  }

  clear(): void {
    this.#assertSlots()
    this.#count = 0
    this.#floorKey = Number.NEGATIVE_INFINITY
    this.#priceTexts.length = 0
    this.#amountTexts.length = 0
    this.#freeSlots.length = 0
  }

  /** Writes the best `levelCount` levels as flat text pairs, best first. */
  copyTop(levelCount: number, into: string[]): void {
    this.#assertSlots()
    const shown = Math.min(levelCount, this.#count)
    into.length = shown * 2
    let betterKey = Number.POSITIVE_INFINITY
    let isSorted = true
    for (let rank = 0; rank < shown; rank += 1) {
      const index = this.#count - 1 - rank
      const slot = this.#slots[index]!
      into[rank * 2] = this.#priceTexts[slot]!
      into[rank * 2 + 1] = this.#amountTexts[slot]!
      isSorted = isSorted && this.#keys[index]! < betterKey
      betterKey = this.#keys[index]!
    }
    assert(isSorted, 'levels are copied in order')
  }

  #set(priceText: string, amountText: string): boolean {
    const price = priceKey(priceText)
    const sign = amountSign(amountText)
    if (Number.isNaN(price) || sign < 0) return false
    const key = this.#direction * price
    if (key < this.#floorKey) return true
    const index = this.#find(key)
    const isPresent = index < this.#count && this.#keys[index] === key
    if (sign === 0) {
      // Deleting an unknown level is normal: it left the known levels, or never was among them.
      if (isPresent) this.#remove(index)
    } else if (isPresent) {
      const slot = this.#slots[index]!
      this.#priceTexts[slot] = priceText
      this.#amountTexts[slot] = amountText
    } else this.#insert(index, key, priceText, amountText)
    this.#assertSorted(index)
    return true
  }

  /** The first index whose key is not less than `key`. Gallops from the top, where most changes are. */
  #find(key: number): number {
    const keys = this.#keys
    let high = this.#count
    let step = 1
    let low = high - 1
    while (low >= 0 && keys[low]! >= key) {
      high = low
      low -= step
      step *= 2
    }
    low = low < 0 ? 0 : low + 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }

  #insert(index: number, key: number, priceText: string, amountText: string): void {
    let at = index
    if (this.#count === LEVELS_PER_SIDE_MAX) {
      // Full: levels worse than the worst one that stays are unknown from now on.
      this.#droppedCount += 1
      if (at === 0) {
        this.#floorKey = this.#keys[0]!
        return
      }
      this.#floorKey = at === 1 ? key : this.#keys[1]!
      this.#remove(0)
      at -= 1
    } else if (this.#count === this.#keys.length) this.#grow()
    this.#move(at, at + 1)
    this.#count += 1
    const slot = this.#freeSlots.pop() ?? this.#priceTexts.length
    // Not `assert(…)`, whose call takes 3 ns: this runs for every new level.
    if (slot >= LEVELS_PER_SIDE_MAX) assert.fail('slots that are free are used again')
    this.#priceTexts[slot] = priceText
    this.#amountTexts[slot] = amountText
    this.#keys[at] = key
    this.#slots[at] = slot
  }

  #remove(index: number): void {
    assert(index < this.#count, 'a count of levels is never negative')
    this.#freeSlots.push(this.#slots[index]!)
    this.#move(index + 1, index)
    this.#count -= 1
  }

  #assertSlots(): void {
    assert(this.#count === this.#priceTexts.length - this.#freeSlots.length, 'every level has a slot of its own')
  }

  /** Around `index`, where a level was set or deleted: only neighbours, because no other level moved past one. */
  #assertSorted(index: number): void {
    const keys = this.#keys
    const last = Math.min(index + NEIGHBOURS, this.#count - 1)
    let isSorted = true
    for (let at = Math.max(index - NEIGHBOURS, 0); at < last; at += 1) {
      if (keys[at]! >= keys[at + 1]!) isSorted = false
    }
    assert(isSorted, 'the keys around a changed level ascend')
  }

  /** Moves the levels from `from` to the end by one. Near the top a loop is faster than a call of copyWithin. */
  #move(from: number, to: number): void {
    const keys = this.#keys
    const slots = this.#slots
    const count = this.#count
    if (count - from > LOOP_MOVES_MAX) {
      keys.copyWithin(to, from, count)
      slots.copyWithin(to, from, count)
    } else if (to > from) {
      for (let at = count; at > from; at -= 1) {
        keys[at] = keys[at - 1]!
        slots[at] = slots[at - 1]!
      }
    } else {
      for (let at = from; at < count; at += 1) {
        keys[at - 1] = keys[at]!
        slots[at - 1] = slots[at]!
      }
    }
  }

  #grow(): void {
    const capacity = Math.min(LEVELS_PER_SIDE_MAX, this.#keys.length * 2)
    assert(capacity > this.#count, 'a side that grows has fewer levels than its limit')
    const keys = new Float64Array(capacity)
    const slots = new Uint16Array(capacity)
    keys.set(this.#keys)
    slots.set(this.#slots)
    this.#keys = keys
    this.#slots = slots
  }
}

const LEVELS_AT_FIRST = 256
const LOOP_MOVES_MAX = 24
/** Levels on either side of a change whose order is asserted. */
const NEIGHBOURS = 2
