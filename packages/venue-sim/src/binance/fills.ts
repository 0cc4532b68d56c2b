// What a taker order does at one price of a Binance book: one aggregate trade that folds single fills. Ids of both count up
// by one.
import assert from 'node:assert/strict'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../market/random.js'

/** At one price. */
const FILLS_MAX = 3

export interface SingleFill {
  readonly id: number
  readonly price: string
  readonly amount: string
  readonly isSell: boolean
}

export interface FilledPrice {
  readonly aggregateId: number
  readonly firstFillId: number
  readonly lastFillId: number
  readonly price: string
  /** Of all fills together. */
  readonly amount: string
  readonly isSell: boolean
  readonly fills: readonly SingleFill[]
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

  /** One taker order, best price first: `count` fills, or `count` prices of one aggregate trade each. */
  sweep(count: number, unit: 'fill' | 'aggregate', publish: (filled: FilledPrice) => void): void {
    const book = this.#book
    const isSell = this.#random.below(2) === 0
    let slot = isSell ? book.bestBid() : book.bestAsk()
    for (let left = count; left > 0; ) {
      const fillCount = 1 + this.#random.below(unit === 'fill' ? Math.min(FILLS_MAX, left) : FILLS_MAX)
      publish(this.#fillAt(slot, isSell, fillCount))
      left -= unit === 'fill' ? fillCount : 1
      slot = book.nextLevel(slot, isSell ? -1 : 1)
    }
  }

  #fillAt(slot: number, isSell: boolean, fillCount: number): FilledPrice {
    assert(fillCount > 0, 'an aggregate trade folds at least one fill')
    const random = this.#random
    const { priceTexts, amountTexts } = this.#book.ladder
    const price = priceTexts[slot]!
    const lots = Array.from({ length: fillCount }, () => 1 + ((random.below(64) * random.below(64)) >> 2))
    const firstFillId = this.#fillId + 1
    this.#fillId += fillCount
    this.#aggregateId += 1
    return {
      aggregateId: this.#aggregateId,
      firstFillId,
      lastFillId: this.#fillId,
      price,
      amount: amountTexts[lots.reduce((sum, fillLots) => sum + fillLots, 0)]!,
      isSell,
      fills: lots.map((fillLots, rank) => ({ id: firstFillId + rank, price, amount: amountTexts[fillLots]!, isSell })),
    }
  }
}
