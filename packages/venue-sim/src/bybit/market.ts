// The simulated market of one Bybit product: what the model does, in the venue's frames. One `seq` per instrument orders quotes,
// trades and books; each book depth keeps its own chain of `u`. Linear has liquidations and, in its tickers, open interest.
import type { Connection } from '../connection.js'
import type { Market, MarketContext } from '../dialect.js'
import { digestOfLevels } from '../digest.js'
import { type InstrumentSpec, instrumentSpec, listedSpecs } from '../market/instrument-spec.js'
import { Topics } from '../topics.js'
import type { DepthStream } from './depth-stream.js'
import { createInstrument, type Instrument } from './instrument.js'
import type { BybitProduct } from './specs.js'

export class BybitMarket implements Market {
  readonly topics = new Topics()
  readonly instrumentCount: number
  readonly hasTickers: boolean
  readonly hasLiquidations: boolean
  readonly #product: BybitProduct
  readonly #context: MarketContext
  readonly #instruments: Instrument[]

  constructor(product: BybitProduct, context: MarketContext) {
    this.#product = product
    this.#context = context
    this.#instruments = context.pairs.map((pair, index) => this.#create(instrumentSpec(pair, product.table), index))
    this.instrumentCount = this.#instruments.length
    const isLinear = product.category === 'linear'
    this.hasTickers = isLinear
    this.hasLiquidations = isLinear
  }

  trade(index: number, count: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    instrument.tape.sweep(instrument.book, count, nextSequence(instrument), atUs)
  }

  quote(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    instrument.book.changeTop()
    instrument.quotes.renew(nextSequence(instrument), atUs, this.#ms(atUs))
  }

  delta(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    const { book, depths, spec } = instrument
    book.change()
    const sequence = nextSequence(instrument)
    const ms = this.#ms(atUs)
    for (const stream of depths.values()) stream.follow(sequence, ms)
    book.clearTouched()
    this.#context.journal?.book(this.#product.name, spec.symbol, sequence, book.digest())
  }

  liquidation(index: number, atUs: number): void {
    this.#instruments[index]!.liquidations?.push(atUs)
  }

  ticker(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    instrument.sequence += 1
    instrument.linearTicker?.change(instrument.sequence, this.#ms(atUs))
  }

  repeat(atUs: number): void {
    const ms = this.#ms(atUs)
    for (const { quotes, spotTicker, sequence } of this.#instruments) {
      quotes.repeat(atUs, ms)
      spotTicker?.publish(sequence, ms)
    }
  }

  listed(): readonly InstrumentSpec[] {
    const traded = this.#instruments.map(({ spec }) => spec)
    return listedSpecs(traded, this.#product.table)
  }

  book(symbol: string, levelCountMax: number): string | undefined {
    const instrument = this.#instruments.find(({ spec }) => spec.symbol === symbol)
    const deepest = instrument?.depths.get(1000)
    return deepest?.restBody(levelCountMax, instrument!.sequence, this.#ms(this.#context.clock.nowUs()))
  }

  openInterest(): undefined {
    return undefined
  }

  #create(spec: InstrumentSpec, index: number): Instrument {
    const instrument = createInstrument({
      product: this.#product,
      spec,
      index,
      topics: this.topics,
      context: this.#context,
    })
    for (const stream of instrument.depths.values()) {
      stream.topic.greet = connection => this.#greetDepth(instrument, stream, connection)
    }
    return instrument
  }

  #greetDepth(instrument: Instrument, stream: DepthStream, connection: Connection): void {
    const { clock, journal } = this.#context
    stream.greet(connection, instrument.sequence, clock.wallMs(clock.nowUs()))
    const { bids, asks } = stream.levels()
    journal?.book(this.#product.name, instrument.spec.symbol, stream.sequence, digestOfLevels(bids, asks))
  }

  #ms(us: number): number {
    return this.#context.clock.wallMs(us)
  }
}

function nextSequence(instrument: Instrument): number {
  instrument.sequence += 1 + instrument.random.below(200)
  return instrument.sequence
}
