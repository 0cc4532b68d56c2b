// The allLiquidation topic of one instrument: a push collects what happened since the one before it, and names the position
// that was closed, not the order that closed it.
import type { MarketContext } from '../dialect.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../random.js'
import type { Topic } from '../topics.js'
import { frameHead } from './specs.js'

export interface LiquidationStreamOptions {
  readonly product: string
  readonly spec: InstrumentSpec
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

export class LiquidationStream {
  readonly #options: LiquidationStreamOptions

  constructor(options: LiquidationStreamOptions) {
    this.#options = options
  }

  push(atUs: number): void {
    const { spec, topic, random, context } = this.#options
    const pushMs = context.clock.wallMs(atUs)
    const entries = Array.from({ length: 1 + random.below(3) }, (_, rank) => this.#entry(pushMs, rank))
    const list = entries.map(
      ({ isLong, price, amount, venueTimeMs }) =>
        `{"T":${venueTimeMs},"s":"${spec.symbol}","S":"${isLong ? 'Buy' : 'Sell'}","v":"${amount}","p":"${price}"}`,
    )
    topic.publish(`{${frameHead(topic.name, 'snapshot', pushMs, false)},"data":[${list.join(',')}]}`)
    for (const entry of entries) this.#record(entry, atUs)
  }

  /** A liquidation of the last half second. */
  #entry(pushMs: number, rank: number): Entry {
    const { book, random } = this.#options
    const isLong = random.below(2) === 0
    const slot = book.drawFarSlot(isLong, random)
    const [price, amount] = [book.ladder.priceTexts[slot]!, book.ladder.amountTexts[1 + random.below(4_000)]!]
    return { isLong, price, amount, venueTimeMs: pushMs - 300 + rank * 100 }
  }

  #record({ isLong, price, amount, venueTimeMs }: Entry, atUs: number): void {
    const { product, spec, context } = this.#options
    // The frame names the position; the order that closes it is the other way round.
    const orderSide = isLong ? 'Sell' : 'Buy'
    context.journal?.liquidation(
      { product, symbol: spec.symbol, price, amount, orderSide, venueTimeMs },
      atUs,
      context.clock.nowUs(),
    )
  }
}
