// The `seqId` of one instrument, which orders its books, quotes and trades: it increases, but not by one. After maintenance
// it starts again lower, in a range that was never used, so an id still names one state of the book.
import assert from 'node:assert/strict'
import type { Random } from '../market/random.js'

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
    assert(this.#last < this.#rangeStart + RANGE, 'an id does not reach the range that was used before')
    return this.#last
  }

  /** The next id, lower than any before; undefined when no lower range is left. */
  reset(): number | undefined {
    if (this.#rangeStart < 2 * RANGE) return undefined
    this.#rangeStart -= RANGE
    this.#last = this.#rangeStart + 1 + this.#random.below(1_000)
    return this.#last
  }
}
