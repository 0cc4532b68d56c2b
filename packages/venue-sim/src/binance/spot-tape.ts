// The trades of one spot instrument: every fill as it happens, and per taker order and price the aggregate that folds them.
// The truth of the journal is the fills.
import type { MarketContext } from '../dialect.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { FilledPrice, Fills } from './fills.js'
import { PRODUCT } from './spot-specs.js'
import type { InstrumentStreams } from './spot-streams.js'

export class SpotTape {
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

  /** Each of the `count` trades is a fill. */
  sweep(count: number, atUs: number): void {
    this.#fills.sweep(count, 'fills', filled => this.#publish(filled, atUs))
  }

  #publish(filled: FilledPrice, atUs: number): void {
    const { aggregateId, firstFillId, lastFillId, price, amount, fillAmounts, isSell } = filled
    const { clock, journal, lateness } = this.#context
    const { symbol } = this.#spec
    const { trade, aggTrade } = this.#streams
    const ms = clock.wallMs(atUs)
    for (const [offset, fillAmount] of fillAmounts.entries()) {
      const id = firstFillId + offset
      const isHeard = trade.isWanted
      trade.publish(
        `{"e":"trade","E":${ms},"s":"${symbol}","t":${id},"p":"${price}","q":"${fillAmount}","T":${ms},"m":${isSell},"M":true}`,
      )
      const sentUs = clock.nowUs()
      if (isHeard) lateness.record(sentUs - atUs)
      const side = isSell ? 'Sell' : 'Buy'
      journal?.trade({ product: PRODUCT, symbol, id: String(id), price, amount: fillAmount, side }, atUs, sentUs)
    }
    aggTrade.publish(
      `{"e":"aggTrade","E":${ms},"s":"${symbol}","a":${aggregateId},"p":"${price}","q":"${amount}","f":${firstFillId},"l":${lastFillId},"T":${ms},"m":${isSell},"M":true}`,
    )
  }
}
