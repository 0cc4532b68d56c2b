// One simulated instrument of OKX: its book, one sequence for all that it sends, and a stream per channel.
import type { MarketContext } from '../dialect.js'
import { createBook } from '../market/cyclic-book.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { MarketBook } from '../market/market-book.js'
import { Random } from '../random.js'
import { Topic, type Topics } from '../topics.js'
import { BaseDigest } from './base-digest.js'
import { BookStream } from './book-stream.js'
import { argText, channelsOf, feedOf, topicName } from './channels.js'
import { InterestStream } from './interest-stream.js'
import { OkxLadder } from './okx-ladder.js'
import { QuoteStream } from './quote-stream.js'
import { Sequence } from './sequence.js'
import { contractValue, type OkxProduct } from './specs.js'
import { TradeTape } from './trade-tape.js'

export interface Instrument {
  readonly spec: InstrumentSpec
  readonly book: MarketBook
  readonly sequence: Sequence
  readonly books: BookStream
  readonly quotes: QuoteStream
  readonly tape: TradeTape
  /** Only where sizes are contracts. */
  readonly baseDigest: BaseDigest | undefined
  readonly interest: InterestStream | undefined
  bookSentUs: number
  resetAtUs: number
}

export interface InstrumentOptions {
  readonly product: OkxProduct
  readonly spec: InstrumentSpec
  readonly index: number
  readonly topics: Topics
  readonly context: MarketContext
  readonly resetAtUs: number
}

export function createInstrument(options: InstrumentOptions): Instrument {
  const { product, spec, index, topics, context, resetAtUs } = options
  const { seed, clock, journal, lateness, hasCyclicBooks = false } = context
  const stream = product.stream + index * 8
  const [random, quoteRandom] = [new Random(seed, stream), new Random(seed, stream + 1)]
  const book = createBook(hasCyclicBooks, new OkxLadder(spec), random, quoteRandom)
  const sequence = new Sequence(new Random(seed, stream + 2))
  for (const channel of channelsOf(product)) {
    topics.add(new Topic(topicName(channel, spec.symbol), feedOf(channel)!))
  }
  const topicOf = (channel: string): Topic => topics.find(topicName(channel, spec.symbol))!
  const argOf = (channel: string): string => argText(channel, spec.symbol)
  const nowMs = (): number => clock.wallMs(clock.nowUs())
  const isSwap = product.instType === 'SWAP'
  const value = isSwap ? contractValue(spec.base) : '1'
  const books = new BookStream(topicOf('books'), argOf('books'), book, sequence.last)
  const quotes = new QuoteStream(topicOf('bbo-tbt'), argOf('bbo-tbt'), book, sequence.last, clock.nowUs())
  const interestRandom = new Random(seed, stream + 4)
  const interest = isSwap ? new InterestStream(topicOf('open-interest'), spec, value, interestRandom) : undefined
  topicOf('books').greet = connection => books.greet(connection, nowMs())
  topicOf('bbo-tbt').greet = connection => quotes.greet(connection, nowMs())
  if (interest) topicOf('open-interest').greet = connection => interest.greet(connection, nowMs())
  const tape = new TradeTape({
    product: product.name,
    spec,
    topic: topicOf('trades'),
    arg: argOf('trades'),
    clock,
    journal,
    lateness,
    random: new Random(seed, stream + 3),
    sequence,
    firstId: 1_306_394_740 + index * 100_000_000,
  })
  const baseDigest = isSwap ? new BaseDigest(book, value) : undefined
  return { spec, book, sequence, books, quotes, tape, baseDigest, interest, bookSentUs: clock.nowUs(), resetAtUs }
}
