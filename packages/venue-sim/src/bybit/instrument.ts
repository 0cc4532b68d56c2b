// One simulated instrument of Bybit: its book, one `seq` for all that it sends, and a stream per topic.
import type { MarketContext } from '../dialect.js'
import { createBook } from '../market/cyclic-book.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import { Ladder } from '../market/ladder.js'
import type { MarketBook } from '../market/market-book.js'
import { Random } from '../random.js'
import { Topic, type Topics } from '../topics.js'
import { DepthStream } from './depth-stream.js'
import { LinearTicker } from './linear-ticker.js'
import { LiquidationStream } from './liquidation-stream.js'
import { QuoteStream } from './quote-stream.js'
import type { BybitProduct } from './specs.js'
import { SpotTicker } from './spot-ticker.js'
import { BOOK_DEPTHS, feedOf } from './topic-names.js'
import { TradeTape } from './trade-tape.js'

export interface Instrument {
  readonly spec: InstrumentSpec
  readonly book: MarketBook
  readonly depths: ReadonlyMap<number, DepthStream>
  readonly quotes: QuoteStream
  readonly tape: TradeTape
  readonly random: Random
  /** Of linear only. */
  readonly liquidations: LiquidationStream | undefined
  readonly linearTicker: LinearTicker | undefined
  readonly spotTicker: SpotTicker | undefined
  sequence: number
}

export interface InstrumentOptions {
  readonly product: BybitProduct
  readonly spec: InstrumentSpec
  readonly index: number
  readonly topics: Topics
  readonly context: MarketContext
}

export function createInstrument({ product, spec, index, topics, context }: InstrumentOptions): Instrument {
  const { seed, clock, hasCyclicBooks = false } = context
  const isLinear = product.category === 'linear'
  const random = (part: number): Random => new Random(seed, product.stream + index * 8 + part)
  const book = createBook(hasCyclicBooks, new Ladder(spec, '0'), random(0), random(1))
  const topic = (name: string): Topic => topics.add(new Topic(`${name}.${spec.symbol}`, feedOf(`${name}.`)))
  const depths = new Map(
    BOOK_DEPTHS.map(depth => {
      const firstId = 173_678_160 + depth * 1_000_000
      const depthTopic = topic(`orderbook.${depth}`)
      return [depth, new DepthStream({ product, topic: depthTopic, symbol: spec.symbol, depth, book, firstId })]
    }),
  )
  const [quoteTopic, tickerTopic] = [topic('orderbook.1'), topic('tickers')]
  const instrument: Instrument = {
    spec,
    book,
    depths,
    quotes: new QuoteStream(quoteTopic, spec.symbol, book, 55_120_033 + index * 1_000_000),
    tape: new TradeTape({ product, spec, topic: topic('publicTrade'), context, random: random(3), index }),
    random: random(4),
    liquidations: isLinear
      ? new LiquidationStream({
          product: product.name,
          spec,
          topic: topic('allLiquidation'),
          book,
          random: random(5),
          context,
        })
      : undefined,
    linearTicker: isLinear ? new LinearTicker(tickerTopic, spec, book, random(2)) : undefined,
    spotTicker: isLinear ? undefined : new SpotTicker(tickerTopic, spec.symbol, book),
    sequence: 814_547_787_001 + index * 1_000_000_000,
  }
  const ticker = instrument.linearTicker ?? instrument.spotTicker
  const nowMs = (): number => clock.wallMs(clock.nowUs())
  quoteTopic.greet = connection => instrument.quotes.greet(connection, nowMs())
  tickerTopic.greet = connection => ticker?.greet(connection, instrument.sequence, nowMs())
  instrument.quotes.renew(instrument.sequence, clock.nowUs(), nowMs())
  return instrument
}
