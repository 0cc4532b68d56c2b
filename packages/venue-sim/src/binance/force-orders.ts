// The liquidation orders of one USDⓈ-M instrument. Its own stream and the one for all instruments show the latest of each
// second only.

import type { Topic } from '../connection/topics.js'
import type { MarketContext } from '../dialect.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../market/random.js'

const SPACING_US = 1_000_000

interface ForceOrdersOptions {
  readonly product: string
  readonly symbol: string
  /** The stream of the instrument, and the one of all instruments. */
  readonly streams: readonly Topic[]
  readonly book: MarketBook
  readonly random: Random
  readonly context: MarketContext
}

export class ForceOrders {
  readonly #options: ForceOrdersOptions
  #publishedUs = Number.NEGATIVE_INFINITY

  constructor(options: ForceOrdersOptions) {
    this.#options = options
  }

  publish(atUs: number): void {
    const { product, symbol, streams, book, random, context } = this.#options
    const { clock, journal, sends } = context
    const isSell = random.below(2) === 0
    const amount = book.ladder.amountTexts[1 + random.below(4_000)]!
    const best = isSell ? book.bestBid() : book.bestAsk()
    // The order's limit is worse than the price at which it was filled.
    const limit = book.drawFarSlot(isSell, random)
    if (atUs - this.#publishedUs < SPACING_US) return
    this.#publishedUs = atUs
    const [price, averagePrice] = [book.ladder.priceTexts[limit]!, book.ladder.priceTexts[best]!]
    const ms = clock.wallMs(atUs)
    const order = `"s":"${symbol}","S":"${isSell ? 'SELL' : 'BUY'}","o":"LIMIT","f":"IOC","q":"${amount}","p":"${price}"`
    const state = `"ap":"${averagePrice}","X":"FILLED","l":"${amount}","z":"${amount}","T":${ms}`
    const hadSubscribers = streams.some(({ hasSubscribers }) => hasSubscribers)
    for (const stream of streams) stream.publish(`{"e":"forceOrder","E":${ms},"o":{${order},${state}}}`)
    const orderSide = isSell ? 'Sell' : 'Buy'
    sends.published(atUs, hadSubscribers, sentUs =>
      journal?.liquidation({ product, symbol, price, amount, orderSide, venueTimeMs: ms }, atUs, sentUs),
    )
  }
}
