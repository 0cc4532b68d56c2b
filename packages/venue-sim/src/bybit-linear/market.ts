// The simulated market of Bybit linear: what the model does, in the venue's frames. One `seq` per instrument orders quotes,
// trades and books; each book depth keeps its own chain of `u`.
import type { Connection } from '../connection.js'
import type { Market, MarketContext } from '../dialect.js'
import { digestOfLevels } from '../digest.js'
import { type InstrumentSpec, instrumentSpec, listedSpecs } from '../market/instrument-spec.js'
import { Ladder } from '../market/ladder.js'
import { MarketBook } from '../market/market-book.js'
import { Random } from '../random.js'
import { Topic, Topics } from '../topics.js'
import { DepthStream } from './depth-stream.js'
import { PRODUCT, SPEC_TABLE } from './specs.js'
import { TickerStream } from './ticker.js'
import { BOOK_DEPTHS, feedOf } from './topic-names.js'
import { TradeTape } from './trade-tape.js'

const QUOTE_REPEAT_US = 3_000_000

interface Instrument {
  readonly spec: InstrumentSpec
  readonly book: MarketBook
  readonly depths: ReadonlyMap<number, DepthStream>
  readonly quotes: Topic
  readonly liquidations: Topic
  readonly ticker: TickerStream
  readonly tape: TradeTape
  readonly random: Random
  sequence: number
  quoteId: number
  /** The part of the latest quote that a repetition sends again. */
  quoteBody: string
  quoteSentUs: number
}

export class BybitLinearMarket implements Market {
  readonly topics = new Topics()
  readonly instrumentCount: number
  readonly hasTickers = true
  readonly #context: MarketContext
  readonly #instruments: Instrument[]
  readonly #bySymbol = new Map<string, Instrument>()

  constructor(context: MarketContext) {
    this.#context = context
    this.#instruments = context.pairs.map((pair, index) => this.#create(instrumentSpec(pair, SPEC_TABLE), index))
    this.instrumentCount = this.#instruments.length
    for (const instrument of this.#instruments) this.#bySymbol.set(instrument.spec.symbol, instrument)
  }

  trade(index: number, count: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    instrument.sequence += 1 + instrument.random.below(200)
    instrument.tape.sweep(instrument.book, count, instrument.sequence, atUs)
  }

  quote(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    instrument.book.changeTop()
    instrument.sequence += 1 + instrument.random.below(200)
    this.#renewQuote(instrument, atUs)
    if (instrument.quotes.isWanted) instrument.quotes.publish(quoteFrame(instrument, this.#ms(atUs)))
  }

  delta(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    const { book, depths, spec } = instrument
    book.change()
    instrument.sequence += 1 + instrument.random.below(200)
    const ms = this.#ms(atUs)
    for (const stream of depths.values()) stream.follow(instrument.sequence, ms)
    book.clearTouched()
    this.#context.journal?.book(PRODUCT, spec.symbol, instrument.sequence, book.digest())
  }

  liquidation(index: number, atUs: number): void {
    const { book, spec, random, liquidations } = this.#instruments[index]!
    const { journal, clock } = this.#context
    const pushMs = this.#ms(atUs)
    // A push collects what happened since the one before it, up to half a second ago.
    const entries = Array.from({ length: 1 + random.below(3) }, (_, rank) => {
      const isLong = random.below(2) === 0
      const slot = isLong ? book.bestBid() - 40 - random.below(200) : book.bestAsk() + 40 + random.below(200)
      const [price, amount] = [book.ladder.priceTexts[slot]!, book.ladder.amountTexts[1 + random.below(4_000)]!]
      return { isLong, price, amount, venueTimeMs: pushMs - 300 + rank * 100 }
    })
    const list = entries.map(
      ({ isLong, price, amount, venueTimeMs }) =>
        `{"T":${venueTimeMs},"s":"${spec.symbol}","S":"${isLong ? 'Buy' : 'Sell'}","v":"${amount}","p":"${price}"}`,
    )
    liquidations.publish(`{"topic":"${liquidations.name}","type":"snapshot","ts":${pushMs},"data":[${list.join(',')}]}`)
    for (const { isLong, price, amount, venueTimeMs } of entries) {
      // The frame names the position; the order that closes it is the other way round.
      const orderSide = isLong ? 'Sell' : 'Buy'
      journal?.liquidation(
        { product: PRODUCT, symbol: spec.symbol, price, amount, orderSide, venueTimeMs },
        atUs,
        clock.nowUs(),
      )
    }
  }

  ticker(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    instrument.sequence += 1
    instrument.ticker.change(instrument.sequence, this.#ms(atUs))
  }

  repeat(atUs: number): void {
    for (const instrument of this.#instruments) {
      if (atUs - instrument.quoteSentUs < QUOTE_REPEAT_US) continue
      instrument.quoteSentUs = atUs
      instrument.quotes.publish(quoteFrame(instrument, this.#ms(atUs)))
    }
  }

  listed(): readonly InstrumentSpec[] {
    return listedSpecs(
      this.#instruments.map(instrument => instrument.spec),
      SPEC_TABLE,
    )
  }

  book(symbol: string, levelCountMax: number): string | undefined {
    const instrument = this.#bySymbol.get(symbol)
    const deepest = instrument?.depths.get(1000)
    return deepest?.restBody(levelCountMax, instrument!.sequence, this.#ms(this.#context.clock.nowUs()))
  }

  openInterest(): undefined {
    return undefined
  }

  #renewQuote(instrument: Instrument, atUs: number): void {
    const { book, spec } = instrument
    const { priceTexts, amountTexts } = book.ladder
    const [bid, ask] = [book.bestBid(), book.bestAsk()]
    instrument.quoteId += 1
    instrument.quoteSentUs = atUs
    const bidText = `"b":[["${priceTexts[bid]}","${amountTexts[book.amounts[bid]!]}"]]`
    const askText = `"a":[["${priceTexts[ask]}","${amountTexts[book.amounts[ask]!]}"]]`
    const ids = `"u":${instrument.quoteId},"seq":${instrument.sequence}`
    instrument.quoteBody = `"data":{"s":"${spec.symbol}",${bidText},${askText},${ids}},"cts":${this.#ms(atUs)}}`
  }

  #ms(us: number): number {
    return this.#context.clock.wallMs(us)
  }

  #create(spec: InstrumentSpec, index: number): Instrument {
    const { seed, clock, journal, lateness } = this.#context
    const stream = 2_000 + index * 8
    const book = new MarketBook(new Ladder(spec, '0'), new Random(seed, stream), new Random(seed, stream + 1))
    const topic = (name: string): Topic => this.topics.add(new Topic(`${name}.${spec.symbol}`, feedOf(`${name}.`)))
    const depths = new Map<number, DepthStream>()
    const trades = topic('publicTrade')
    const tickers = topic('tickers')
    const instrument: Instrument = {
      spec,
      book,
      depths,
      quotes: topic('orderbook.1'),
      liquidations: topic('allLiquidation'),
      ticker: new TickerStream(tickers, spec, book, new Random(seed, stream + 2)),
      tape: new TradeTape({ spec, topic: trades, clock, journal, lateness, random: new Random(seed, stream + 3) }),
      random: new Random(seed, stream + 4),
      sequence: 814_547_787_001 + index * 1_000_000_000,
      quoteId: 55_120_033 + index * 1_000_000,
      quoteBody: '',
      quoteSentUs: clock.nowUs(),
    }
    for (const depth of BOOK_DEPTHS) {
      const depthTopic = topic(`orderbook.${depth}`)
      const depthStream = new DepthStream(depthTopic, spec.symbol, depth, book, 173_678_160 + depth * 1_000_000)
      depths.set(depth, depthStream)
      depthTopic.greet = connection => this.#greetDepth(instrument, depthStream, connection)
    }
    instrument.quotes.greet = connection => this.#greetQuotes(instrument, connection)
    tickers.greet = connection => instrument.ticker.greet(connection, instrument.sequence, this.#ms(clock.nowUs()))
    this.#renewQuote(instrument, clock.nowUs())
    return instrument
  }

  #greetDepth(instrument: Instrument, stream: DepthStream, connection: Connection): void {
    stream.greet(connection, instrument.sequence, this.#ms(this.#context.clock.nowUs()))
    const { bids, asks } = stream.levels()
    this.#context.journal?.book(PRODUCT, instrument.spec.symbol, stream.sequence, digestOfLevels(bids, asks))
  }

  #greetQuotes(instrument: Instrument, connection: Connection): void {
    instrument.quotes.sendTo(connection, quoteFrame(instrument, this.#ms(this.#context.clock.nowUs())))
  }
}

function quoteFrame({ quotes, quoteBody }: Instrument, ms: number): string {
  return `{"topic":"${quotes.name}","ts":${ms},"type":"snapshot",${quoteBody}`
}
