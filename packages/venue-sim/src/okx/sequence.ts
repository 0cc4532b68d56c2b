// The `seqId` of one instrument, which orders its books, quotes and trades: rising, not consecutive. After maintenance it
// starts again lower. A range that was left is never entered again, so an id still names one state of the book.
import type { Random } from '../random.js'

const FIRST = 40_000_000_000_000
const RANGE = 10_000_000_000

export class Sequence {
  readonly #random: Random
  #rangeStart = FIRST
  #last = FIRST + 1

  constructor(random: Random) {
    this.#random = random
  }

  get last(): number {
    return this.#last
  }

  next(): number {
    this.#last += 1 + this.#random.below(20)
    return this.#last
  }

  /** The next id, lower than any before; undefined once the ranges below are used up. */
  reset(): number | undefined {
    if (this.#rangeStart < 2 * RANGE) return undefined
    this.#rangeStart -= RANGE
    this.#last = this.#rangeStart + 1 + this.#random.below(1_000)
    return this.#last
  }
}
