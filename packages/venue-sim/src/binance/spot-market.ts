// The simulated market of Binance spot: what the model does, in the venue's frames. Update ids count every change, so that each
// event begins where the one before it ended; quotes carry an id of the same count and no time.
import type { Market, MarketContext } from '../dialect.js'
import { createBook } from '../market/cyclic-book.js'
import { type InstrumentSpec, instrumentSpec, listedSpecs } from '../market/instrument-spec.js'
import { Random } from '../random.js'
import { Topics } from '../topics.js'
import { BookChain } from './book-chain.js'
import { Fills } from './fills.js'
import { PRODUCT, SPEC_TABLE, spotLadder } from './spot-specs.js'
import { type InstrumentStreams, instrumentStreams } from './spot-streams.js'
import { SpotTape } from './spot-tape.js'

const RANDOM_STREAM = 7_000

interface Instrument {
  readonly spec: InstrumentSpec
  readonly chain: BookChain
  readonly streams: InstrumentStreams
  readonly tape: SpotTape
}

export class BinanceSpotMarket implements Market {
  readonly topics = new Topics()
  readonly instrumentCount: number
  readonly hasTickers = false
  readonly hasLiquidations = false
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
    this.#instruments[index]!.tape.sweep(count, atUs)
  }

  quote(index: number): void {
    const { chain, streams, spec } = this.#instruments[index]!
    chain.changeTop()
    if (!streams.bookTicker.isWanted) return
    const { bid, bidAmount, ask, askAmount } = chain.book.top()
    streams.bookTicker.publish(
      `{"u":${chain.updateId},"s":"${spec.symbol}","b":"${bid}","B":"${bidAmount}","a":"${ask}","A":"${askAmount}"}`,
    )
  }

  delta(index: number, atUs: number): void {
    const { chain, spec } = this.#instruments[index]!
    const { clock, journal } = this.#context
    const last = chain.follow(clock.wallMs(atUs))
    journal?.book(PRODUCT, spec.symbol, last, chain.book.digest())
  }

  liquidation(): void {
    // Nothing is borrowed here.
  }

  ticker(): void {
    // Quotes are all that changes beside trades and books.
  }

  repeat(): void {
    // Nothing is sent twice.
  }

  listed(): readonly InstrumentSpec[] {
    return listedSpecs(
      this.#instruments.map(instrument => instrument.spec),
      SPEC_TABLE,
    )
  }

  book(symbol: string, levelCountMax: number): string | undefined {
    const chain = this.#bySymbol.get(symbol)?.chain
    if (!chain) return undefined
    const { sequence, bids, asks, digest } = chain.snapshot(levelCountMax)
    this.#context.journal?.book(PRODUCT, symbol, sequence, digest)
    return `{"lastUpdateId":${sequence},"bids":${JSON.stringify(bids)},"asks":${JSON.stringify(asks)}}`
  }

  openInterest(): undefined {
    return undefined
  }

  #create(spec: InstrumentSpec, index: number): Instrument {
    const { seed, hasCyclicBooks = false } = this.#context
    const random = (part: number): Random => new Random(seed, RANDOM_STREAM + index * 8 + part)
    const book = createBook(hasCyclicBooks, spotLadder(spec), random(0), random(1))
    const streams = instrumentStreams(this.topics, spec.symbol)
    const fills = new Fills(book, random(2), 3_912_345_678 + index * 100_000_000, 5_512_345_678 + index * 300_000_000)
    const chain = new BookChain({
      book,
      idRule: 'contiguous',
      firstId: 78_123_456_789 + index * 1_000_000_000,
      random: random(3),
      snapshotRandom: random(4),
      topics: streams.depth,
      textOf: (_, numbers, bids, asks) => deltaText(spec.symbol, numbers, bids, asks),
    })
    return { spec, chain, streams, tape: new SpotTape(spec, streams, fills, this.#context) }
  }
}

function deltaText(symbol: string, numbers: readonly number[], bids: string, asks: string): string {
  const [ms, first, last] = numbers
  return `{"e":"depthUpdate","E":${ms},"s":"${symbol}","U":${first},"u":${last},"b":[${bids}],"a":[${asks}]}`
}
