// The trades of one Binance instrument: aggregate trades with ids that count up by one, and the single fills they fold (each
// with ids of its own), which only @trade shows.
import type { Clock } from '../clock.js'
import type { Journal } from '../journal.js'
import type { Lateness } from '../lateness.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import { SLOT_COUNT } from '../market/ladder.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../random.js'
import { PRODUCT } from './specs.js'
import type { InstrumentStreams } from './streams.js'

export interface TradeTapeOptions {
  readonly spec: InstrumentSpec
  readonly streams: InstrumentStreams
  readonly clock: Clock
  readonly journal: Journal | undefined
  readonly lateness: Lateness
  readonly random: Random
  readonly index: number
}

export class TradeTape {
  readonly #options: TradeTapeOptions
  #aggregateId: number
  #fillId: number

  constructor(options: TradeTapeOptions) {
    this.#options = options
    this.#aggregateId = 2_912_345_678 + options.index * 100_000_000
    this.#fillId = 6_612_345_670 + options.index * 300_000_000
  }

  /** One taker order that trades at `count` prices, best first. */
  sweep(book: MarketBook, count: number, atUs: number): void {
    const isSell = this.#options.random.below(2) === 0
    let slot = isSell ? book.bestBid() : book.bestAsk()
    for (let left = count; left > 0; left -= 1) {
      this.#tradeAt(book, slot, isSell, atUs)
      do slot += isSell ? -1 : 1
      while (slot > 0 && slot < SLOT_COUNT - 1 && book.amounts[slot] === 0)
    }
  }

  #tradeAt(book: MarketBook, slot: number, isSell: boolean, atUs: number): void {
    const { spec, streams, clock, journal, lateness, random } = this.#options
    const { symbol } = spec
    const price = book.ladder.priceTexts[slot]!
    const fillLots = Array.from({ length: 1 + random.below(3) }, () => 1 + ((random.below(64) * random.below(64)) >> 2))
    const amount = book.ladder.amountTexts[fillLots.reduce((sum, lots) => sum + lots, 0)]!
    const firstFill = this.#fillId + 1
    this.#fillId += fillLots.length
    this.#aggregateId += 1
    const ms = clock.wallMs(atUs)
    const side = isSell ? 'Sell' : 'Buy'
    if (streams.trade.wasOffered) {
      for (const [offset, lots] of fillLots.entries()) {
        const [id, fillAmount] = [firstFill + offset, book.ladder.amountTexts[lots]!]
        streams.trade.publish(
          `{"e":"trade","E":${ms},"T":${ms},"s":"${symbol}","t":${id},"p":"${price}","q":"${fillAmount}","X":"MARKET","m":${isSell}}`,
        )
        journal?.trade(
          { product: PRODUCT, symbol, id: String(id), price, amount: fillAmount, side },
          atUs,
          clock.nowUs(),
        )
      }
    }
    // Who only ever asked for single fills is not told of aggregate trades, so they are not part of the truth either.
    if (streams.trade.wasOffered && !streams.aggTrade.wasOffered) return
    const id = this.#aggregateId
    const isHeard = streams.aggTrade.isWanted
    streams.aggTrade.publish(
      `{"e":"aggTrade","E":${ms},"s":"${symbol}","a":${id},"p":"${price}","q":"${amount}","nq":"${amount}","f":${firstFill},"l":${this.#fillId},"T":${ms},"m":${isSell},"st":1}`,
    )
    const sentUs = clock.nowUs()
    if (isHeard) lateness.record(sentUs - atUs)
    journal?.trade({ product: PRODUCT, symbol, id: String(id), price, amount, side }, atUs, sentUs)
  }
}
