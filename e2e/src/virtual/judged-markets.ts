// The instruments of a run for the judge: found by the names on the wire, each with what its venue published.

import type { Instrument, ProductLabel } from '@tradelane/shared/market/nouns'
import { productById } from '@tradelane/venues/registry'
import type { MarketTruth, VenueTruth } from './market-truth.js'

export interface JudgedMarket {
  readonly name: string
  readonly product: string
  readonly symbol: string
  readonly truth: MarketTruth
  /** Trade ids show how many trades are missing. */
  readonly hasContiguousIds: boolean
  readonly hasBook: boolean
}

interface WireInstrument {
  readonly base: string
  readonly quote: string
  readonly kind: string
}

export class JudgedMarkets {
  readonly all: readonly JudgedMarket[]
  readonly #byKey = new Map<string, JudgedMarket>()

  constructor(options: {
    truth: VenueTruth
    products: readonly ProductLabel[]
    instruments: readonly Instrument[]
    hasBook: (instrument: Instrument) => boolean
  }) {
    const { truth, products, instruments, hasBook } = options
    this.all = instruments.map(instrument => {
      const { id: product } = products.find(({ index }) => index === instrument.product) as ProductLabel
      const { symbol, exchange, base, quote, marketType } = instrument
      const market: JudgedMarket = {
        name: `${product} ${symbol}`,
        product,
        symbol,
        truth: truth.of(product, symbol),
        hasContiguousIds: productById(product)?.tradeIdRule({}) === 'contiguous',
        hasBook: hasBook(instrument),
      }
      this.#byKey.set(`${exchange} ${base} ${quote} ${marketType}`, market)
      return market
    })
  }

  /** By the names on the wire. */
  at(exchange: string, { base, quote, kind }: WireInstrument): JudgedMarket | undefined {
    return this.#byKey.get(`${exchange} ${base} ${quote} ${kind}`)
  }
}
