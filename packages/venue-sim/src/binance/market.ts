// The simulated market of one Binance product: turns what the schedule asks for into the venue's frames.

import { Topics } from '../connection/topics.js'
import type { Market, MarketContext } from '../dialect.js'
import { createBook } from '../market/cyclic-book.js'
import { decimalText, type InstrumentSpec, instrumentSpec, listedSpecs } from '../market/instrument-spec.js'
import { Ladder } from '../market/ladder.js'
import { Random } from '../market/random.js'
import { BookChain } from './book-chain.js'
import { Fills } from './fills.js'
import { ForceOrders } from './force-orders.js'
import { addInstrumentStreams, type BinanceProduct, type InstrumentStreams } from './product.js'
import { Trades } from './trades.js'

const SOURCES_PER_INSTRUMENT = 8
const AGGREGATE_ID_STEP = 100_000_000
const FILL_ID_STEP = 300_000_000

interface Instrument {
  readonly spec: InstrumentSpec
  readonly chain: BookChain
  readonly streams: InstrumentStreams
  readonly trades: Trades
  /** Of perpetuals only. */
  readonly forceOrders: ForceOrders | undefined
  readonly random: Random
  openInterestLots: number
}

export class BinanceMarket implements Market {
  readonly topics = new Topics()
  readonly instrumentCount: number
  /** Quotes are the only state that changes; open interest is a REST answer. */
  readonly hasTickers = false
  readonly hasLiquidations: boolean
  readonly #product: BinanceProduct
  readonly #context: MarketContext
  readonly #instruments: readonly Instrument[]

  constructor(product: BinanceProduct, context: MarketContext) {
    this.#product = product
    this.#context = context
    this.hasLiquidations = product.isPerpetual
    this.#instruments = context.pairs.map((pair, index) => this.#create(instrumentSpec(pair, product.table), index))
    this.instrumentCount = this.#instruments.length
  }

  trade(index: number, count: number, atUs: number): void {
    this.#instruments[index]!.trades.sweep(count, atUs)
  }

  quote(index: number, atUs: number): void {
    const { chain, streams, spec } = this.#instruments[index]!
    chain.changeTop()
    if (!streams.bookTicker.hasSubscribers) return
    const { frames } = this.#product
    streams.bookTicker.publish(frames.bookTicker(spec.symbol, this.#ms(atUs), chain.updateId, chain.book.top()))
  }

  delta(index: number, atUs: number): void {
    const { chain, spec } = this.#instruments[index]!
    const last = chain.publish(this.#ms(atUs))
    this.#context.journal?.book(this.#product.name, spec.symbol, last, chain.book.digest())
  }

  liquidation(index: number, atUs: number): void {
    this.#instruments[index]!.forceOrders?.publish(atUs)
  }

  ticker(): void {
    // No topic of this venue needs it.
  }

  repeat(): void {
    if (!this.#product.isPerpetual) return
    for (const instrument of this.#instruments) instrument.openInterestLots += instrument.random.below(2_001) - 1_000
  }

  listed(): readonly InstrumentSpec[] {
    const traded = this.#instruments.map(({ spec }) => spec)
    return listedSpecs(traded, this.#product.table)
  }

  book(symbol: string, levelCountMax: number): string | undefined {
    const chain = this.#find(symbol)?.chain
    if (!chain) return undefined
    const { clock, journal } = this.#context
    const { sequence, bids, asks, digest } = chain.snapshot(levelCountMax)
    journal?.book(this.#product.name, symbol, sequence, digest)
    return this.#product.frames.depth(this.#ms(clock.nowUs()), sequence, bids, asks)
  }

  openInterest(symbol: string): string | undefined {
    const instrument = this.#find(symbol)
    if (!instrument) return undefined
    const amount = (instrument.openInterestLots / 10 ** instrument.spec.amountDecimals).toFixed(3)
    return `{"openInterest":"${amount}","symbol":"${symbol}","time":${this.#ms(this.#context.clock.nowUs())}}`
  }

  #find(symbol: string): Instrument | undefined {
    return this.#instruments.find(({ spec }) => spec.symbol === symbol)
  }

  #ms(us: number): number {
    return this.#context.clock.wallMs(us)
  }

  #create(spec: InstrumentSpec, index: number): Instrument {
    const product = this.#product
    const context = this.#context
    const { symbol } = spec
    const { aggregate, fill, update, updateStep } = product.firstIds
    const random = (part: number): Random =>
      new Random(context.seed, product.firstRandomSource + index * SOURCES_PER_INSTRUMENT + part)
    const zeroText = product.styled(decimalText(0, spec.amountDecimals))
    const ladder = new Ladder(spec, zeroText, product.styled)
    const book = createBook(context.hasCyclicBooks, ladder, random(0), random(1))
    const streams = addInstrumentStreams(product, this.topics, symbol)
    const fills = new Fills(book, random(2), aggregate + index * AGGREGATE_ID_STEP, fill + index * FILL_ID_STEP)
    const chain = new BookChain({
      book,
      idRule: product.idRule,
      firstId: update + index * updateStep,
      random: random(3),
      snapshotRandom: random(4),
      topics: streams.depth,
      textOf: (_, numbers, bids, asks) => product.frames.depthUpdate(symbol, numbers, bids, asks),
    })
    const trades = new Trades({ product, symbol, streams, fills, context })
    const stateRandom = random(5)
    const forceOrders = product.isPerpetual
      ? new ForceOrders({
          product: product.name,
          symbol,
          streams: streams.forceOrders,
          book,
          random: stateRandom,
          context,
        })
      : undefined
    return { spec, chain, streams, trades, forceOrders, random: stateRandom, openInterestLots: 98_234_512 }
  }
}
