// The simulated market of one Bybit product: turns what the schedule asks for into the venue's frames. Linear has
// liquidations and, in its tickers, open interest.
import type { Subscriber } from '../connection/topics.js'
import { Topics } from '../connection/topics.js'
import type { Market, MarketContext } from '../dialect.js'
import { digestOfLevels } from '../market/digest.js'
import { type InstrumentSpec, listedSpecs } from '../market/instrument-spec.js'
import type { BookTopic } from './book-topics.js'
import { Instrument } from './instrument.js'
import { BOOK_DEPTHS, type BybitProduct, bybitSpec } from './products.js'

const DEEPEST = Math.max(...BOOK_DEPTHS)

export class BybitMarket implements Market {
  readonly topics = new Topics()
  readonly instrumentCount: number
  readonly hasTickers: boolean
  readonly hasLiquidations: boolean
  readonly #product: BybitProduct
  readonly #context: MarketContext
  readonly #instruments: readonly Instrument[]

  constructor(product: BybitProduct, context: MarketContext) {
    this.#product = product
    this.#context = context
    this.#instruments = context.pairs.map((pair, index) => this.#create(bybitSpec(product, pair), index))
    this.instrumentCount = this.#instruments.length
    const isLinear = product.category === 'linear'
    this.hasTickers = isLinear
    this.hasLiquidations = isLinear
  }

  trade(index: number, count: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    instrument.trades.sweep(instrument.book, count, instrument.nextSequence(), atUs)
  }

  quote(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    instrument.book.changeTop()
    instrument.quotes.renew(instrument.nextSequence(), atUs, this.#ms(atUs))
  }

  delta(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    const { book, books, spec } = instrument
    book.change()
    const sequence = instrument.nextSequence()
    const ms = this.#ms(atUs)
    for (const topic of books.values()) topic.publish(sequence, ms)
    book.clearTouched()
    this.#context.journal?.book(this.#product.name, spec.symbol, sequence, book.digest())
  }

  liquidation(index: number, atUs: number): void {
    this.#instruments[index]!.liquidations?.push(atUs)
  }

  ticker(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    instrument.linearTicker?.change(instrument.nextSequence(1), this.#ms(atUs))
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

  /** With the `u` of the deepest topic. */
  book(symbol: string, levelCountMax: number): string | undefined {
    const instrument = this.#instruments.find(({ spec }) => spec.symbol === symbol)
    const deepest = instrument?.books.get(DEEPEST)
    return deepest?.restBody(levelCountMax, instrument!.sequence, this.#ms(this.#context.clock.nowUs()))
  }

  openInterest(): undefined {
    return undefined
  }

  #create(spec: InstrumentSpec, index: number): Instrument {
    const { topics } = this
    const instrument = new Instrument({ product: this.#product, spec, index, topics, context: this.#context })
    for (const books of instrument.books.values()) {
      books.topic.onSubscribe = subscriber => this.#sendSnapshot(instrument, books, subscriber)
    }
    return instrument
  }

  #sendSnapshot(instrument: Instrument, topic: BookTopic, subscriber: Subscriber): void {
    const { clock, journal } = this.#context
    topic.sendSnapshot(subscriber, instrument.sequence, this.#ms(clock.nowUs()))
    const { bids, asks } = topic.levels()
    journal?.book(this.#product.name, instrument.spec.symbol, topic.sequence, digestOfLevels(bids, asks))
  }

  #ms(us: number): number {
    return this.#context.clock.wallMs(us)
  }
}
