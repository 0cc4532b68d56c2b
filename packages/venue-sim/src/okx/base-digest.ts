// The digest of a book of contracts in base currency: the same levels with every amount multiplied by the contract's value,
// as a server shows them on request.
import assert from 'node:assert/strict'
import { DIGEST_LEVEL_COUNT, digestText, fnv1a } from '../market/digest.js'
import { SLOT_COUNT } from '../market/ladder.js'
import type { MarketBook } from '../market/market-book.js'
import { exactProduct } from './decimals.js'

export class BaseDigest {
  readonly #book: MarketBook
  readonly #contractValue: string
  /** Per lot count, as the ladder's amounts; made at their first use. */
  readonly #amountTexts: string[] = []
  /** By position, for a cyclic book. */
  readonly #known: string[] = []

  constructor(book: MarketBook, contractValue: string) {
    this.#book = book
    this.#contractValue = contractValue
  }

  /** Of the best 50 of each side as they are now. */
  digest(): string {
    const position = this.#book.cyclePosition
    if (position === undefined) return this.#compute()
    this.#known[position] ??= this.#compute()
    return this.#known[position]
  }

  #compute(): string {
    const { ladder, middle } = this.#book
    const { bidHashFirst, bidHashSecond, askHashFirst, askHashSecond } = ladder
    const first = this.#sum(bidHashFirst, middle, -1) + this.#sum(askHashFirst, middle + 1, 1)
    const second = this.#sum(bidHashSecond, middle, -1) + this.#sum(askHashSecond, middle + 1, 1)
    return digestText(first | 0, second | 0)
  }

  #sum(priceHashes: Int32Array, bestSlot: number, step: 1 | -1): number {
    const { amounts } = this.#book
    let sum = 0
    let weight = 1
    for (let slot = bestSlot; slot >= 0 && slot < SLOT_COUNT && weight < 2 * DIGEST_LEVEL_COUNT; slot += step) {
      const lots = amounts[slot]!
      if (lots === 0) continue
      this.#amountTexts[lots] ??= exactProduct(this.#book.ladder.amountTexts[lots]!, this.#contractValue)
      sum = (sum + Math.imul(fnv1a(priceHashes[slot]!, this.#amountTexts[lots]), weight)) | 0
      weight += 2
    }
    assert(weight > 2 * DIGEST_LEVEL_COUNT, 'a side of the book has the levels of a digest')
    return sum
  }
}
