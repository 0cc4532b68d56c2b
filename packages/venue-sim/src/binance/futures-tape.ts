// The trades of one USDⓈ-M instrument: aggregate trades, and the single fills they fold, which only @trade shows.
import type { MarketContext } from '../dialect.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { FilledPrice, Fills } from './fills.js'
import { PRODUCT } from './futures-specs.js'
import type { InstrumentStreams } from './futures-streams.js'

export class FuturesTape {
  readonly #spec: InstrumentSpec
  readonly #streams: InstrumentStreams
  readonly #fills: Fills
  readonly #context: MarketContext

  constructor(spec: InstrumentSpec, streams: InstrumentStreams, fills: Fills, context: MarketContext) {
    this.#spec = spec
    this.#streams = streams
    this.#fills = fills
    this.#context = context
  }

  /** Each of the `count` trades is an aggregate. */
  sweep(count: number, atUs: number): void {
    this.#fills.sweep(count, 'prices', filled => {
      const { trade, aggTrade } = this.#streams
      if (trade.wasOffered) this.#publishFills(filled, atUs)
      // Who only ever asked for single fills is not told of aggregate trades, so they are not part of the truth either.
      if (!trade.wasOffered || aggTrade.wasOffered) this.#publishAggregate(filled, atUs)
    })
  }

  #publishFills({ firstFillId, fillAmounts, price, isSell }: FilledPrice, atUs: number): void {
    const { clock, journal } = this.#context
    const { symbol } = this.#spec
    const ms = clock.wallMs(atUs)
    for (const [offset, amount] of fillAmounts.entries()) {
      const id = firstFillId + offset
      this.#streams.trade.publish(
        `{"e":"trade","E":${ms},"T":${ms},"s":"${symbol}","t":${id},"p":"${price}","q":"${amount}","X":"MARKET","m":${isSell}}`,
      )
      const side = isSell ? 'Sell' : 'Buy'
      journal?.trade({ product: PRODUCT, symbol, id: String(id), price, amount, side }, atUs, clock.nowUs())
    }
  }

  #publishAggregate(filled: FilledPrice, atUs: number): void {
    const { aggregateId: id, firstFillId, lastFillId, price, amount, isSell } = filled
    const { clock, journal, lateness } = this.#context
    const { symbol } = this.#spec
    const ms = clock.wallMs(atUs)
    const topic = this.#streams.aggTrade
    const isHeard = topic.isWanted
    topic.publish(
      `{"e":"aggTrade","E":${ms},"s":"${symbol}","a":${id},"p":"${price}","q":"${amount}","nq":"${amount}","f":${firstFillId},"l":${lastFillId},"T":${ms},"m":${isSell},"st":1}`,
    )
    const sentUs = clock.nowUs()
    if (isHeard) lateness.record(sentUs - atUs)
    const side = isSell ? 'Sell' : 'Buy'
    journal?.trade({ product: PRODUCT, symbol, id: String(id), price, amount, side }, atUs, sentUs)
  }
}
