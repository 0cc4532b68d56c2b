// One simulated instrument of Bybit: its book, its topics, and one `seq` that orders everything it sends.
import assert from 'node:assert/strict'
import { Topic, type Topics } from '../connection/topics.js'
import type { MarketContext } from '../dialect.js'
import { createBook } from '../market/cyclic-book.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import { Ladder } from '../market/ladder.js'
import type { MarketBook } from '../market/market-book.js'
import { Random } from '../market/random.js'
import { BookTopic, QuoteTopic } from './book-topics.js'
import { LiquidationTopic } from './liquidation-topic.js'
import { BOOK_DEPTHS, type BybitProduct, feedOf } from './products.js'
import { LinearTicker, SpotTicker } from './tickers.js'
import { TradeTopic } from './trade-topic.js'

const SOURCES_PER_INSTRUMENT = 8

interface InstrumentOptions {
  readonly product: BybitProduct
  readonly spec: InstrumentSpec
  readonly index: number
  readonly topics: Topics
  readonly context: MarketContext
}

export class Instrument {
  readonly spec: InstrumentSpec
  readonly book: MarketBook
  readonly books: ReadonlyMap<number, BookTopic>
  readonly quotes: QuoteTopic
  readonly trades: TradeTopic
  /** Of linear only. */
  readonly liquidations: LiquidationTopic | undefined
  readonly linearTicker: LinearTicker | undefined
  readonly spotTicker: SpotTicker | undefined
  readonly #random: Random
  #sequence: number

  constructor({ product, spec, index, topics, context }: InstrumentOptions) {
    const { seed, clock, hasCyclicBooks } = context
    const { symbol } = spec
    const random = (part: number): Random =>
      new Random(seed, product.firstRandomSource + index * SOURCES_PER_INSTRUMENT + part)
    const topic = (name: string): Topic => topics.add(new Topic(`${name}.${symbol}`, feedOf(`${name}.`)))
    const book = createBook(hasCyclicBooks, new Ladder(spec, '0'), random(0), random(1))
    const bookTopic = (depth: number): BookTopic => {
      const firstId = 173_678_160 + depth * 1_000_000
      return new BookTopic({ product, topic: topic(`orderbook.${depth}`), symbol, depth, book, firstId })
    }
    this.spec = spec
    this.book = book
    this.#random = random(4)
    this.#sequence = 814_547_787_001 + index * 1_000_000_000
    this.books = new Map(BOOK_DEPTHS.map(depth => [depth, bookTopic(depth)]))
    const [quoteTopic, tickerTopic] = [topic('orderbook.1'), topic('tickers')]
    this.quotes = new QuoteTopic(quoteTopic, symbol, book, 55_120_033 + index * 1_000_000)
    this.trades = new TradeTopic({ product, symbol, topic: topic('publicTrade'), context, random: random(3), index })
    if (product.category === 'linear') {
      this.liquidations = new LiquidationTopic({
        product: product.name,
        symbol,
        topic: topic('allLiquidation'),
        book,
        random: random(5),
        context,
      })
      this.linearTicker = new LinearTicker(tickerTopic, spec, book, random(2))
    } else {
      this.spotTicker = new SpotTicker(tickerTopic, symbol, book)
    }
    const ticker = this.linearTicker ?? this.spotTicker
    const nowMs = (): number => clock.wallMs(clock.nowUs())
    quoteTopic.onSubscribe = subscriber => this.quotes.sendSnapshot(subscriber, nowMs())
    tickerTopic.onSubscribe = subscriber => ticker?.sendSnapshot(subscriber, this.#sequence, nowMs())
    this.quotes.renew(this.#sequence, clock.nowUs(), nowMs())
  }

  /** The last `seq`. */
  get sequence(): number {
    return this.#sequence
  }

  nextSequence(step = 1 + this.#random.below(200)): number {
    assert(step > 0, 'the sequence of an instrument increases')
    this.#sequence += step
    return this.#sequence
  }
}
