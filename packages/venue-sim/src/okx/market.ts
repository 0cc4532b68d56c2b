// The simulated market of one OKX product: what the model does, in the venue's frames. Spot and swap differ in names and
// sizes; a swap has liquidations and open interest too, and a second digest of its book in base currency.
import type { Market, MarketContext } from '../dialect.js'
import { type InstrumentSpec, listedSpecs } from '../market/instrument-spec.js'
import { Random } from '../random.js'
import { Topic, Topics } from '../topics.js'
import { argText, LIQUIDATIONS, topicName } from './channels.js'
import { createInstrument, type Instrument } from './instrument.js'
import { LiquidationFeed } from './liquidation-feed.js'
import { type OkxProduct, okxSpec } from './specs.js'

const HEARTBEAT_US = 60_000_000
/** How often the ids of an instrument start again lower, in the time of the long timers. */
const RESET_US = 1_800_000_000
const PAST_LIQUIDATIONS = 8

export class OkxMarket implements Market {
  readonly topics = new Topics()
  readonly instrumentCount: number
  readonly hasTickers = false
  readonly hasLiquidations: boolean
  readonly #product: OkxProduct
  readonly #context: MarketContext
  readonly #instruments: Instrument[]
  readonly #liquidations: LiquidationFeed | undefined
  readonly #heartbeatUs: number
  readonly #resetUs: number

  constructor(product: OkxProduct, context: MarketContext) {
    this.#product = product
    this.#context = context
    this.#heartbeatUs = HEARTBEAT_US / context.timeScale
    this.#resetUs = RESET_US / context.timeScale
    this.#instruments = context.pairs.map((pair, index) => this.#create(okxSpec(product, pair), index))
    this.instrumentCount = this.#instruments.length
    this.hasLiquidations = product.instType === 'SWAP'
    if (this.hasLiquidations) this.#liquidations = this.#createLiquidations()
  }

  trade(index: number, count: number, atUs: number): void {
    const { tape, book } = this.#instruments[index]!
    tape.sweep(book, count, atUs)
  }

  quote(index: number, atUs: number): void {
    const { book, quotes, sequence } = this.#instruments[index]!
    book.changeTop()
    quotes.renew(sequence.next(), atUs, this.#ms(atUs))
  }

  delta(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    const { book, books, sequence } = instrument
    book.change()
    const id = this.#lowerId(instrument, atUs) ?? sequence.next()
    books.follow(id, this.#ms(atUs))
    book.clearTouched()
    instrument.bookSentUs = atUs
    this.#record(instrument)
  }

  liquidation(index: number, atUs: number): void {
    const { spec, book } = this.#instruments[index]!
    this.#liquidations?.publish(spec, book, atUs)
  }

  ticker(): void {
    // Open interest has a pace of its own here: see repeat().
  }

  repeat(atUs: number): void {
    const ms = this.#ms(atUs)
    for (const instrument of this.#instruments) {
      instrument.interest?.change(atUs, ms)
      if (atUs - instrument.quotes.sentUs >= this.#heartbeatUs) instrument.quotes.repeat(atUs, ms)
      if (atUs - instrument.bookSentUs < this.#heartbeatUs) continue
      instrument.bookSentUs = atUs
      instrument.books.heartbeat(ms)
    }
  }

  listed(): readonly InstrumentSpec[] {
    const traded = this.#instruments.map(({ spec }) => spec)
    return listedSpecs(traded, this.#product.table, pair => okxSpec(this.#product, pair))
  }

  book(symbol: string, levelCountMax: number): string | undefined {
    const { clock } = this.#context
    const instrument = this.#instruments.find(({ spec }) => spec.symbol === symbol)
    return instrument?.books.restBody(levelCountMax, clock.wallMs(clock.nowUs()))
  }

  openInterest(): undefined {
    return undefined
  }

  #lowerId(instrument: Instrument, atUs: number): number | undefined {
    if (atUs < instrument.resetAtUs) return undefined
    instrument.resetAtUs = atUs + this.#resetUs
    return instrument.sequence.reset()
  }

  #record({ spec, book, sequence, baseDigest }: Instrument): void {
    this.#context.journal?.book(this.#product.name, spec.symbol, sequence.last, book.digest(), baseDigest?.digest())
  }

  #ms(us: number): number {
    return this.#context.clock.wallMs(us)
  }

  #create(spec: InstrumentSpec, index: number): Instrument {
    const { clock, pairs } = this.#context
    // Never all instruments at once.
    const resetAtUs = clock.nowUs() + this.#resetUs * (1 + index / pairs.length)
    const context = this.#context
    const instrument = createInstrument({
      product: this.#product,
      spec,
      index,
      topics: this.topics,
      context,
      resetAtUs,
    })
    // A snapshot may be asked for before the first change.
    this.#record(instrument)
    return instrument
  }

  #createLiquidations(): LiquidationFeed {
    const { instType, name, stream } = this.#product
    const feed = new LiquidationFeed({
      product: name,
      topic: this.topics.add(new Topic(topicName(LIQUIDATIONS, instType), 'state')),
      arg: argText(LIQUIDATIONS, instType),
      context: this.#context,
      random: new Random(this.#context.seed, stream - 1),
    })
    for (let rank = PAST_LIQUIDATIONS; rank > 0; rank -= 1) {
      const { spec, book } = this.#instruments[rank % this.#instruments.length]!
      feed.addPast(spec, book, 30_000 + rank * 47_000)
    }
    return feed
  }
}
