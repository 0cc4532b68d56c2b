// The allLiquidation topic of one instrument. A push collects the liquidations since the last one, and names the position
// that was closed, not the order that closed it.
import type { Topic } from '../connection/topics.js'
import type { MarketContext } from '../dialect.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../market/random.js'
import { frameHead } from './products.js'

export interface LiquidationTopicOptions {
  readonly product: string
  readonly symbol: string
  readonly topic: Topic
  readonly book: MarketBook
  readonly random: Random
  readonly context: MarketContext
}

interface Entry {
  readonly isLong: boolean
  readonly price: string
  readonly amount: string
  readonly venueTimeMs: number
}

export class LiquidationTopic {
  readonly #options: LiquidationTopicOptions

  constructor(options: LiquidationTopicOptions) {
    this.#options = options
  }

  push(atUs: number): void {
    const { symbol, topic, random, context } = this.#options
    const pushMs = context.clock.wallMs(atUs)
    const entries = Array.from({ length: 1 + random.below(3) }, (_, rank) => this.#draw(pushMs, rank))
    const list = entries.map(
      ({ isLong, price, amount, venueTimeMs }) =>
        `{"T":${venueTimeMs},"s":"${symbol}","S":"${isLong ? 'Buy' : 'Sell'}","v":"${amount}","p":"${price}"}`,
    )
    const { hasSubscribers } = topic
    topic.publish(`{${frameHead(topic.name, 'snapshot', pushMs, false)},"data":[${list.join(',')}]}`)
    context.sends.published(atUs, hasSubscribers, sentUs => {
      for (const entry of entries) this.#record(entry, atUs, sentUs)
    })
  }

  /** A liquidation of the last half second. */
  #draw(pushMs: number, rank: number): Entry {
    const { book, random } = this.#options
    const isLong = random.below(2) === 0
    const slot = book.drawFarSlot(isLong, random)
    const [price, amount] = [book.ladder.priceTexts[slot]!, book.ladder.amountTexts[1 + random.below(4_000)]!]
    return { isLong, price, amount, venueTimeMs: pushMs - 300 + rank * 100 }
  }

  #record({ isLong, price, amount, venueTimeMs }: Entry, atUs: number, sentUs: number): void {
    const { product, symbol, context } = this.#options
    // The frame names the position; the order that closes it is on the other side.
    const orderSide = isLong ? 'Sell' : 'Buy'
    context.journal?.liquidation({ product, symbol, price, amount, orderSide, venueTimeMs }, atUs, sentUs)
  }
}
