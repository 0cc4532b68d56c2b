// The simulated market of one OKX product: turns what the schedule asks for into the venue's frames. Spot and swap differ in
// names and sizes; a swap also has liquidations, open interest, and a second digest of its book in base currency.
import { Topic, Topics } from '../connection/topics.js'
import type { Market, MarketContext } from '../dialect.js'
import { type InstrumentSpec, listedSpecs } from '../market/instrument-spec.js'
import { Random } from '../market/random.js'
import { Instrument } from './instrument.js'
import { argText, LIQUIDATIONS, type OkxProduct, okxSpec, topicName } from './products.js'
import { LiquidationTopic } from './swap-topics.js'

const HEARTBEAT_US = 60_000_000
const PAST_LIQUIDATIONS = 8

export class OkxMarket implements Market {
  readonly topics = new Topics()
  readonly instrumentCount: number
  /** Open interest has a pace of its own here: see `repeat`. */
  readonly hasTickers = false
  readonly hasLiquidations: boolean
  readonly #product: OkxProduct
  readonly #context: MarketContext
  readonly #instruments: readonly Instrument[]
  readonly #liquidations: LiquidationTopic | undefined
  readonly #heartbeatUs: number

  constructor(product: OkxProduct, context: MarketContext) {
    this.#product = product
    this.#context = context
    this.#heartbeatUs = HEARTBEAT_US / context.timeScale
    this.#instruments = context.pairs.map((pair, index) => this.#create(okxSpec(product, pair), index))
    this.instrumentCount = this.#instruments.length
    this.hasLiquidations = product.instType === 'SWAP'
    if (this.hasLiquidations) this.#liquidations = this.#createLiquidations()
  }

  trade(index: number, count: number, atUs: number): void {
    const { trades, book } = this.#instruments[index]!
    trades.sweep(book, count, atUs)
  }

  quote(index: number, atUs: number): void {
    const { book, quotes, sequence } = this.#instruments[index]!
    book.changeTop()
    quotes.renew(sequence.next(), atUs, this.#ms(atUs))
  }

  delta(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    const { book, books } = instrument
    book.change()
    books.publish(instrument.nextBookId(atUs), atUs, this.#ms(atUs))
    book.clearTouched()
    this.#record(instrument)
  }

  liquidation(index: number, atUs: number): void {
    const { spec, book } = this.#instruments[index]!
    this.#liquidations?.publish(spec, book, atUs)
  }

  ticker(): void {
    // No topic of this venue needs it.
  }

  repeat(atUs: number): void {
    const ms = this.#ms(atUs)
    for (const { interest, quotes, books } of this.#instruments) {
      interest?.change(atUs, ms)
      if (atUs - quotes.sentUs >= this.#heartbeatUs) quotes.repeat(atUs, ms)
      if (atUs - books.sentUs >= this.#heartbeatUs) books.sendHeartbeat(atUs, ms)
    }
  }

  listed(): readonly InstrumentSpec[] {
    const traded = this.#instruments.map(({ spec }) => spec)
    return listedSpecs(traded, this.#product.table, pair => okxSpec(this.#product, pair))
  }

  book(symbol: string, levelCountMax: number): string | undefined {
    const instrument = this.#instruments.find(({ spec }) => spec.symbol === symbol)
    return instrument?.books.restBody(levelCountMax, this.#ms(this.#context.clock.nowUs()))
  }

  openInterest(): undefined {
    return undefined
  }

  #record({ spec, book, sequence, baseDigest }: Instrument): void {
    this.#context.journal?.book(this.#product.name, spec.symbol, sequence.last, book.digest(), baseDigest?.digest())
  }

  #ms(us: number): number {
    return this.#context.clock.wallMs(us)
  }

  #create(spec: InstrumentSpec, index: number): Instrument {
    const { topics } = this
    const instrument = new Instrument({ product: this.#product, spec, index, topics, context: this.#context })
    // A client may ask for a snapshot before the first change.
    this.#record(instrument)
    return instrument
  }

  #createLiquidations(): LiquidationTopic {
    const { instType, name, firstRandomSource } = this.#product
    const liquidations = new LiquidationTopic({
      product: name,
      topic: this.topics.add(new Topic(topicName(LIQUIDATIONS, instType), 'state')),
      arg: argText(LIQUIDATIONS, instType),
      context: this.#context,
      random: new Random(this.#context.seed, firstRandomSource - 1),
    })
    for (let rank = PAST_LIQUIDATIONS; rank > 0; rank -= 1) {
      const { spec, book } = this.#instruments[rank % this.#instruments.length]!
      liquidations.addPast(spec, book, 30_000 + rank * 47_000)
    }
    return liquidations
  }
}
