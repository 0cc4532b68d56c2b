// Which of the last ids of one instrument came already, where ids are integers that count up: a bit each, so that a trade that
// comes late is distinguished from one that comes twice. Ids far below the highest are those of a venue that restarted.
//
//   bits   id modulo TRADE_NUMBERS_KEPT; of ids highest - TRADE_NUMBERS_KEPT + 1 … highest

import assert from 'node:assert/strict'
import { TRADE_NUMBERS_KEPT } from '../limits.js'

const MASK = TRADE_NUMBERS_KEPT - 1
assert((TRADE_NUMBERS_KEPT & MASK) === 0, 'a bit is found by a mask')

export class TradeNumbers {
  // Filled to touch every page now.
  readonly #bits = new Int32Array(TRADE_NUMBERS_KEPT / 32).fill(0)
  #highest = Number.NaN

  /** False when it was added already. */
  add(number: number): boolean {
    if (number > this.#highest) this.#clearTo(number)
    else if (!this.isKept(number)) this.restartAt(number)
    // The low bits of a safe integer are exact.
    const word = (number & MASK) >>> 5
    const bit = 1 << (number & 31)
    if ((this.#bits[word]! & bit) !== 0) return false
    this.#bits[word]! |= bit
    return true
  }

  /** NaN before the first. */
  get highest(): number {
    return this.#highest
  }

  /** Whether it is known if this number came. */
  isKept(number: number): boolean {
    return number > this.#highest - TRADE_NUMBERS_KEPT
  }

  /** None of those that came is kept. */
  restartAt(number: number): void {
    this.#bits.fill(0)
    this.#highest = number
  }

  #clearTo(number: number): void {
    if (number - this.#highest >= TRADE_NUMBERS_KEPT) this.#bits.fill(0)
    else {
      for (let next = this.#highest + 1; next <= number; next += 1) {
        this.#bits[(next & MASK) >>> 5]! &= ~(1 << (next & 31))
      }
    }
    this.#highest = number
  }
}
