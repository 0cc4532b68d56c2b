// What a taker order does at one price of a Binance book: one aggregate trade that folds single fills, each with ids that count
// up by one.
import { SLOT_COUNT } from '../market/ladder.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../random.js'

/** At one price. */
const FILLS_MAX = 3

export interface FilledPrice {
  readonly aggregateId: number
  readonly firstFillId: number
  readonly lastFillId: number
  readonly price: string
  /** Of all fills together. */
  readonly amount: string
  readonly fillAmounts: readonly string[]
  readonly isSell: boolean
}

export class Fills {
  readonly #book: MarketBook
  readonly #random: Random
  #aggregateId: number
  #fillId: number

  constructor(book: MarketBook, random: Random, firstAggregateId: number, firstFillId: number) {
    this.#book = book
    this.#random = random
    this.#aggregateId = firstAggregateId
    this.#fillId = firstFillId
  }

  /** One taker order, best price first: `count` prices, or `count` fills at fewer prices. */
  sweep(count: number, counted: 'prices' | 'fills', publish: (filled: FilledPrice) => void): void {
    const book = this.#book
    const isSell = this.#random.below(2) === 0
    let slot = isSell ? book.bestBid() : book.bestAsk()
    for (let left = count; left > 0; ) {
      const fillCount = 1 + this.#random.below(counted === 'fills' ? Math.min(FILLS_MAX, left) : FILLS_MAX)
      publish(this.#fillAt(slot, isSell, fillCount))
      left -= counted === 'fills' ? fillCount : 1
      do slot += isSell ? -1 : 1
      while (slot > 0 && slot < SLOT_COUNT - 1 && book.amounts[slot] === 0)
    }
  }

  #fillAt(slot: number, isSell: boolean, fillCount: number): FilledPrice {
    const random = this.#random
    const { priceTexts, amountTexts } = this.#book.ladder
    const fillLots = Array.from({ length: fillCount }, () => 1 + ((random.below(64) * random.below(64)) >> 2))
    const firstFillId = this.#fillId + 1
    this.#fillId += fillLots.length
    this.#aggregateId += 1
    return {
      aggregateId: this.#aggregateId,
      firstFillId,
      lastFillId: this.#fillId,
      price: priceTexts[slot]!,
      amount: amountTexts[fillLots.reduce((sum, lots) => sum + lots, 0)]!,
      fillAmounts: fillLots.map(lots => amountTexts[lots]!),
      isSell,
    }
  }
}
