// The simulated market of Binance USDⓈ-M: what the model does, in the venue's frames. Update ids have holes between events and
// are chained by `pu`.
import type { Market, MarketContext } from '../dialect.js'
import { createBook } from '../market/cyclic-book.js'
import { type InstrumentSpec, instrumentSpec, listedSpecs } from '../market/instrument-spec.js'
import { Ladder } from '../market/ladder.js'
import { Random } from '../random.js'
import { Topic, Topics } from '../topics.js'
import { BookChain } from './book-chain.js'
import { Fills } from './fills.js'
import { PRODUCT, SPEC_TABLE } from './futures-specs.js'
import { ALL_LIQUIDATIONS, type InstrumentStreams, instrumentStreams } from './futures-streams.js'
import { FuturesTape } from './futures-tape.js'

const RANDOM_STREAM = 1_000
const LIQUIDATION_GAP_US = 1_000_000

interface Instrument {
  readonly spec: InstrumentSpec
  readonly chain: BookChain
  readonly streams: InstrumentStreams
  readonly tape: FuturesTape
  readonly random: Random
  openInterestLots: number
  lastLiquidationUs: number
}

export class BinanceFuturesMarket implements Market {
  readonly topics = new Topics()
  readonly instrumentCount: number
  readonly hasTickers = false
  readonly #context: MarketContext
  readonly #instruments: Instrument[]
  readonly #bySymbol = new Map<string, Instrument>()
  readonly #allLiquidations: Topic

  constructor(context: MarketContext) {
    this.#context = context
    this.#instruments = context.pairs.map((pair, index) => this.#create(instrumentSpec(pair, SPEC_TABLE), index))
    this.instrumentCount = this.#instruments.length
    for (const instrument of this.#instruments) this.#bySymbol.set(instrument.spec.symbol, instrument)
    this.#allLiquidations = this.topics.add(new Topic(ALL_LIQUIDATIONS, 'state', 'market'))
  }

  trade(index: number, count: number, atUs: number): void {
    this.#instruments[index]!.tape.sweep(count, atUs)
  }

  quote(index: number, atUs: number): void {
    const { chain, streams, spec } = this.#instruments[index]!
    chain.changeTop()
    if (!streams.bookTicker.isWanted) return
    const { bid, bidAmount, ask, askAmount } = chain.book.top()
    const best = `"b":"${bid}","B":"${bidAmount}","a":"${ask}","A":"${askAmount}"`
    const ms = this.#context.clock.wallMs(atUs)
    const { symbol } = spec
    streams.bookTicker.publish(
      `{"e":"bookTicker","u":${chain.updateId},"s":"${symbol}","ps":"${symbol}",${best},"T":${ms},"E":${ms},"st":1}`,
    )
  }

  delta(index: number, atUs: number): void {
    const { chain, spec } = this.#instruments[index]!
    const { clock, journal } = this.#context
    const last = chain.follow(clock.wallMs(atUs))
    journal?.book(PRODUCT, spec.symbol, last, chain.book.digest())
  }

  liquidation(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    const { spec, random, streams } = instrument
    const { book } = instrument.chain
    const isSell = random.below(2) === 0
    const amount = book.ladder.amountTexts[1 + random.below(4_000)]!
    // The order's limit lies beyond the price at which it was filled.
    const best = isSell ? book.bestBid() : book.bestAsk()
    const limit = isSell ? best - 40 - random.below(200) : best + 40 + random.below(200)
    if (atUs - instrument.lastLiquidationUs < LIQUIDATION_GAP_US) return
    instrument.lastLiquidationUs = atUs
    const [price, average] = [book.ladder.priceTexts[limit]!, book.ladder.priceTexts[best]!]
    const ms = this.#context.clock.wallMs(atUs)
    const order = `"s":"${spec.symbol}","S":"${isSell ? 'SELL' : 'BUY'}","o":"LIMIT","f":"IOC","q":"${amount}","p":"${price}"`
    const text = `{"e":"forceOrder","E":${ms},"o":{${order},"ap":"${average}","X":"FILLED","l":"${amount}","z":"${amount}","T":${ms}}}`
    streams.forceOrder.publish(text)
    this.#allLiquidations.publish(text)
    const { journal, clock } = this.#context
    const orderSide = isSell ? 'Sell' : 'Buy'
    journal?.liquidation(
      { product: PRODUCT, symbol: spec.symbol, price, amount, orderSide, venueTimeMs: ms },
      atUs,
      clock.nowUs(),
    )
  }

  ticker(): void {
    // Open interest is asked for by REST here.
  }

  repeat(): void {
    for (const instrument of this.#instruments) instrument.openInterestLots += instrument.random.below(2_001) - 1_000
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
    const { clock, journal } = this.#context
    const { sequence, bids, asks, digest } = chain.snapshot(levelCountMax)
    journal?.book(PRODUCT, symbol, sequence, digest)
    const ms = clock.wallMs(clock.nowUs())
    return `{"lastUpdateId":${sequence},"E":${ms},"T":${ms},"bids":${JSON.stringify(bids)},"asks":${JSON.stringify(asks)}}`
  }

  openInterest(symbol: string): string | undefined {
    const instrument = this.#bySymbol.get(symbol)
    if (!instrument) return undefined
    const amount = (instrument.openInterestLots / 10 ** instrument.spec.amountDecimals).toFixed(3)
    const { clock } = this.#context
    return `{"openInterest":"${amount}","symbol":"${symbol}","time":${clock.wallMs(clock.nowUs())}}`
  }

  #create(spec: InstrumentSpec, index: number): Instrument {
    const { seed, hasCyclicBooks = false } = this.#context
    const random = (part: number): Random => new Random(seed, RANDOM_STREAM + index * 8 + part)
    const book = createBook(hasCyclicBooks, new Ladder(spec, (0).toFixed(spec.amountDecimals)), random(0), random(1))
    const streams = instrumentStreams(this.topics, spec.symbol)
    const fills = new Fills(book, random(2), 2_912_345_678 + index * 100_000_000, 6_612_345_670 + index * 300_000_000)
    const chain = new BookChain({
      book,
      idRule: 'with-holes',
      firstId: 11_493_080_425_283 + index * 7_000_000_000,
      random: random(3),
      snapshotRandom: random(4),
      topics: streams.depth,
      textOf: (_, numbers, bids, asks) => deltaText(spec.symbol, numbers, bids, asks),
    })
    return {
      spec,
      chain,
      streams,
      tape: new FuturesTape(spec, streams, fills, this.#context),
      random: random(5),
      openInterestLots: 98_234_512,
      lastLiquidationUs: Number.NEGATIVE_INFINITY,
    }
  }
}

function deltaText(symbol: string, numbers: readonly number[], bids: string, asks: string): string {
  const [ms, first, last, previous] = numbers
  const ids = `"U":${first},"u":${last},"pu":${previous}`
  return `{"e":"depthUpdate","E":${ms},"T":${ms},"s":"${symbol}",${ids},"b":[${bids}],"a":[${asks}]}`
}
