// The trades of one Binance instrument: the single fills of a taker order on @trade, and on @aggTrade one aggregate trade for
// each price, which folds them.

import type { Topic } from '../connection/topics.js'
import type { MarketContext } from '../dialect.js'
import type { JournalTrade } from '../journal.js'
import type { FilledPrice, Fills, SingleFill } from './fills.js'
import type { BinanceProduct, InstrumentStreams } from './product.js'

interface TradesOptions {
  readonly product: BinanceProduct
  readonly symbol: string
  readonly streams: InstrumentStreams
  readonly fills: Fills
  readonly context: MarketContext
}

export class Trades {
  readonly #options: TradesOptions
  readonly #areFillsTrades: boolean

  constructor(options: TradesOptions) {
    this.#options = options
    this.#areFillsTrades = options.product.tradeUnit === 'fill'
  }

  /** One taker order with `count` trades. */
  sweep(count: number, atUs: number): void {
    const { fills, product } = this.#options
    fills.sweep(count, product.tradeUnit, filled => this.#publish(filled, atUs))
  }

  #publish(filled: FilledPrice, atUs: number): void {
    const { trade, aggTrade } = this.#options.streams
    if (this.#areFillsTrades) {
      for (const fill of filled.fills) this.#publishTrade(trade, fill, this.#fillText(fill, atUs), atUs)
      aggTrade.publish(this.#aggregateText(filled, atUs))
      return
    }
    if (trade.wasSubscribed) this.#publishFills(filled, atUs)
    // A client that subscribed single fills only gets no aggregate trades, so the journal must not expect them.
    if (trade.wasSubscribed && !aggTrade.wasSubscribed) return
    this.#publishTrade(aggTrade, { ...filled, id: filled.aggregateId }, this.#aggregateText(filled, atUs), atUs)
  }

  /** The fills beside aggregate trades. */
  #publishFills({ fills }: FilledPrice, atUs: number): void {
    const { trade } = this.#options.streams
    for (const fill of fills) this.#publishTrade(trade, fill, this.#fillText(fill, atUs), atUs)
  }

  #publishTrade(topic: Topic, trade: SingleFill, text: string, atUs: number): void {
    const { hasSubscribers } = topic
    topic.publish(text)
    this.#options.context.sends.published(atUs, hasSubscribers, sentUs => this.#record(trade, atUs, sentUs))
  }

  #record({ id, price, amount, isSell }: SingleFill, atUs: number, sentUs: number): void {
    const { product, symbol, context } = this.#options
    const side: JournalTrade['side'] = isSell ? 'Sell' : 'Buy'
    context.journal?.trade({ product: product.name, symbol, id: String(id), price, amount, side }, atUs, sentUs)
  }

  #fillText(fill: SingleFill, atUs: number): string {
    const { product, symbol, context } = this.#options
    return product.frames.trade(symbol, context.clock.wallMs(atUs), fill)
  }

  #aggregateText(filled: FilledPrice, atUs: number): string {
    const { product, symbol, context } = this.#options
    return product.frames.aggTrade(symbol, context.clock.wallMs(atUs), filled)
  }
}
