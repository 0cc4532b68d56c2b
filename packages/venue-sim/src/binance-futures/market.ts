// The simulated market of Binance USDⓈ-M: what the model does, in the venue's frames. Update ids have holes between events and
// are chained by `pu`; a REST snapshot falls between two events or inside the next one, as it does on the live venue.
import type { Market, MarketContext } from '../dialect.js'
import { digestOfLevels } from '../digest.js'
import { BookView } from '../market/book-view.js'
import { type InstrumentSpec, instrumentSpec, listedSpecs } from '../market/instrument-spec.js'
import { Ladder } from '../market/ladder.js'
import { MarketBook } from '../market/market-book.js'
import { Random } from '../random.js'
import { Topic, Topics } from '../topics.js'
import { PRODUCT, SPEC_TABLE } from './specs.js'
import { ALL_LIQUIDATIONS, type InstrumentStreams, instrumentStreams } from './streams.js'
import { TradeTape } from './trade-tape.js'

const LIQUIDATION_GAP_US = 1_000_000

interface DeltaIds {
  readonly first: number
  readonly last: number
  readonly previous: number
}

interface Instrument {
  readonly spec: InstrumentSpec
  readonly book: MarketBook
  readonly view: BookView
  readonly streams: InstrumentStreams
  readonly tape: TradeTape
  readonly random: Random
  readonly snapshotRandom: Random
  /** The last id given to anything. */
  updateId: number
  /** `u` of the last delta. */
  deltaId: number
  /** A delta whose changes are made but which is not sent yet. */
  prepared: DeltaIds | undefined
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
    const { tape, book } = this.#instruments[index]!
    tape.sweep(book, count, atUs)
  }

  quote(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    const { book, streams, spec, random } = instrument
    // While a delta waits, the book belongs to it.
    if (!instrument.prepared) {
      book.changeTop()
      instrument.updateId += 1 + random.below(20)
    }
    if (!streams.bookTicker.isWanted) return
    const { priceTexts, amountTexts } = book.ladder
    const [bid, ask] = [book.bestBid(), book.bestAsk()]
    const bestBid = `"b":"${priceTexts[bid]}","B":"${amountTexts[book.amounts[bid]!]}"`
    const bestAsk = `"a":"${priceTexts[ask]}","A":"${amountTexts[book.amounts[ask]!]}"`
    const ms = this.#context.clock.wallMs(atUs)
    const { symbol } = spec
    streams.bookTicker.publish(
      `{"e":"bookTicker","u":${instrument.updateId},"s":"${symbol}","ps":"${symbol}",${bestBid},${bestAsk},"T":${ms},"E":${ms},"st":1}`,
    )
  }

  delta(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    const { book, view, streams, spec } = instrument
    const { first, last, previous } = instrument.prepared ?? this.#prepare(instrument)
    instrument.prepared = undefined
    instrument.deltaId = last
    const isWanted = streams.depth.some(topic => topic.isWanted)
    view.update(isWanted)
    book.clearTouched()
    this.#context.journal?.book(PRODUCT, spec.symbol, last, book.digest())
    if (!isWanted) return
    const ms = this.#context.clock.wallMs(atUs)
    const ids = `"U":${first},"u":${last},"pu":${previous}`
    const text = `{"e":"depthUpdate","E":${ms},"T":${ms},"s":"${spec.symbol}",${ids},"b":[${view.bids}],"a":[${view.asks}]}`
    for (const topic of streams.depth) topic.publish(text)
  }

  liquidation(index: number, atUs: number): void {
    const instrument = this.#instruments[index]!
    const { book, spec, random, streams } = instrument
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
    const instrument = this.#bySymbol.get(symbol)
    if (!instrument) return undefined
    const { book, view, snapshotRandom } = instrument
    let sequence = instrument.deltaId
    let changeCount = 0
    if (snapshotRandom.below(2) === 0) {
      const { first, last } = this.#prepareOnce(instrument)
      sequence = first + snapshotRandom.below(last - first)
      changeCount = snapshotRandom.below(book.touchedCount)
    }
    const { bids, asks } = view.snapshot(levelCountMax, changeCount)
    this.#context.journal?.book(PRODUCT, symbol, sequence, digestOfLevels(bids, asks))
    const ms = this.#context.clock.wallMs(this.#context.clock.nowUs())
    return `{"lastUpdateId":${sequence},"E":${ms},"T":${ms},"bids":${JSON.stringify(bids)},"asks":${JSON.stringify(asks)}}`
  }

  openInterest(symbol: string): string | undefined {
    const instrument = this.#bySymbol.get(symbol)
    if (!instrument) return undefined
    const amount = (instrument.openInterestLots / 10 ** instrument.spec.amountDecimals).toFixed(3)
    const { clock } = this.#context
    return `{"openInterest":"${amount}","symbol":"${symbol}","time":${clock.wallMs(clock.nowUs())}}`
  }

  #prepareOnce(instrument: Instrument): DeltaIds {
    instrument.prepared ??= this.#prepare(instrument)
    return instrument.prepared
  }

  #prepare(instrument: Instrument): DeltaIds {
    const { book, random } = instrument
    book.change()
    const first = instrument.updateId + 1 + random.below(500)
    const last = first + 1 + random.below(700)
    instrument.updateId = last
    return { first, last, previous: instrument.deltaId }
  }

  #create(spec: InstrumentSpec, index: number): Instrument {
    const { seed, clock, journal, lateness } = this.#context
    const stream = 1_000 + index * 8
    const zeroText = (0).toFixed(spec.amountDecimals)
    const book = new MarketBook(new Ladder(spec, zeroText), new Random(seed, stream), new Random(seed, stream + 1))
    const streams = instrumentStreams(this.topics, spec.symbol)
    const updateId = 11_493_080_425_283 + index * 7_000_000_000
    return {
      spec,
      book,
      view: new BookView(book),
      streams,
      tape: new TradeTape({ spec, streams, clock, journal, lateness, random: new Random(seed, stream + 2), index }),
      random: new Random(seed, stream + 3),
      snapshotRandom: new Random(seed, stream + 4),
      updateId,
      deltaId: updateId,
      prepared: undefined,
      openInterestLots: 98_234_512,
      lastLiquidationUs: Number.NEGATIVE_INFINITY,
    }
  }
}
