// One simulated instrument of OKX: its book, its topics, and one sequence that orders everything it sends.
import assert from 'node:assert/strict'
import { Topic, type Topics } from '../connection/topics.js'
import type { MarketContext } from '../dialect.js'
import { createBook } from '../market/cyclic-book.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { MarketBook } from '../market/market-book.js'
import { Random } from '../market/random.js'
import { BaseDigest } from './base-digest.js'
import { BookTopic, QuoteTopic } from './book-topics.js'
import { OkxLadder } from './decimals.js'
import { argText, channelsOf, contractValue, feedOf, type OkxProduct, topicName } from './products.js'
import { Sequence } from './sequence.js'
import { InterestTopic } from './swap-topics.js'
import { TradeTopic } from './trade-topic.js'

const SOURCES_PER_INSTRUMENT = 8
/** How often the ids start again lower, before the time scale. */
const RESET_US = 1_800_000_000

interface InstrumentOptions {
  readonly product: OkxProduct
  readonly spec: InstrumentSpec
  readonly index: number
  readonly topics: Topics
  readonly context: MarketContext
}

export class Instrument {
  readonly spec: InstrumentSpec
  readonly book: MarketBook
  readonly sequence: Sequence
  readonly books: BookTopic
  readonly quotes: QuoteTopic
  readonly trades: TradeTopic
  /** Of swaps only, whose sizes are contracts. */
  readonly baseDigest: BaseDigest | undefined
  readonly interest: InterestTopic | undefined
  readonly #resetUs: number
  #resetAtUs: number

  constructor({ product, spec, index, topics, context }: InstrumentOptions) {
    const { seed, clock, pairs, timeScale, hasCyclicBooks } = context
    const { symbol } = spec
    const nowUs = clock.nowUs()
    const nowMs = (): number => clock.wallMs(clock.nowUs())
    const random = (part: number): Random =>
      new Random(seed, product.firstRandomSource + index * SOURCES_PER_INSTRUMENT + part)
    for (const channel of channelsOf(product)) topics.add(new Topic(topicName(channel, symbol), feedOf(channel)!))
    const topicOf = (channel: string): Topic => topics.find(topicName(channel, symbol))!
    const book = createBook(hasCyclicBooks, new OkxLadder(spec), random(0), random(1))
    const sequence = new Sequence(random(2))
    this.spec = spec
    this.book = book
    this.sequence = sequence
    this.books = new BookTopic(topicOf('books'), argText('books', symbol), book, sequence.last, nowUs)
    this.quotes = new QuoteTopic(topicOf('bbo-tbt'), argText('bbo-tbt', symbol), book, sequence.last, nowUs)
    this.trades = new TradeTopic({
      product: product.name,
      symbol,
      topic: topicOf('trades'),
      arg: argText('trades', symbol),
      context,
      random: random(3),
      sequence,
      firstId: 1_306_394_740 + index * 100_000_000,
    })
    topicOf('books').onSubscribe = subscriber => this.books.sendSnapshot(subscriber, nowMs())
    topicOf('bbo-tbt').onSubscribe = subscriber => this.quotes.sendSnapshot(subscriber, nowMs())
    if (product.instType === 'SWAP') {
      const value = contractValue(spec.base)
      const interest = new InterestTopic(topicOf('open-interest'), spec, value, random(4))
      topicOf('open-interest').onSubscribe = subscriber => interest.sendSnapshot(subscriber, nowMs())
      this.interest = interest
      this.baseDigest = new BaseDigest(book, value)
    }
    this.#resetUs = RESET_US / timeScale
    // Not all instruments at the same time.
    this.#resetAtUs = nowUs + this.#resetUs * (1 + index / pairs.length)
  }

  /** The id of the book's next change. */
  nextBookId(atUs: number): number {
    const before = this.sequence.last
    const isReset = atUs >= this.#resetAtUs
    if (isReset) this.#resetAtUs = atUs + this.#resetUs
    const id = (isReset ? this.sequence.reset() : undefined) ?? this.sequence.next()
    assert(isReset || id > before, 'ids increase between resets')
    return id
  }
}
