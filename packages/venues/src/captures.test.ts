import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { productById } from './registry.js'
import { type CapturedLine, readLines, skipWithout } from './test/feeds.js'
import { ProductDesk } from './test/product-desk.js'
import { TextBook } from './test/text-book.js'
import { type DepthFrame, DepthVerdict, FrameClass, type Product } from './venue.js'

interface Expected {
  readonly file: string
  readonly product: string
  /** Frames by what their channel name begins with; what is not named here must not occur. */
  readonly frames: Readonly<Record<string, number>>
  readonly applied: number
  /** Book tops compared with the venue's own ticker of the same update. */
  readonly tops: number
}

const captures: readonly Expected[] = [
  {
    file: 'binance-futures_btcusdt_20240808_hft.ndjson.gz',
    product: 'binance-futures',
    frames: { '@bookTicker': 66_089, '@trade': 21_313, '@depth@0ms': 6_551 },
    applied: 6_547,
    tops: 5_703,
  },
  {
    file: 'binance-futures_multi4_20210417_cf.ndjson.gz',
    product: 'binance-futures',
    frames: { '@bookTicker': 1_959, '@depth@100ms': 1_016, '@aggTrade': 185, '@kline_1m': 99 },
    applied: 997,
    tops: 519,
  },
  {
    file: 'bybit-linear_btc-sol_20260809_cf.ndjson.gz',
    product: 'bybit-linear',
    frames: { 'orderbook.200': 797, tickers: 378, publicTrade: 73, 'kline.1': 47, control: 17 },
    applied: 795,
    tops: 0,
  },
  {
    file: 'bybit-linear_l1_20250613_cf.ndjson',
    product: 'bybit-linear',
    frames: { 'orderbook.1': 125, control: 4 },
    applied: 0,
    tops: 0,
  },
]

const CLASS_OF_CHANNEL: Readonly<Record<string, FrameClass>> = {
  '@bookTicker': FrameClass.top,
  '@trade': FrameClass.trade,
  '@aggTrade': FrameClass.trade,
  '@depth@0ms': FrameClass.depth,
  '@depth@100ms': FrameClass.depth,
  '@kline_1m': FrameClass.ignored,
  'orderbook.200': FrameClass.depth,
  'orderbook.1': FrameClass.top,
  tickers: FrameClass.openInterest,
  publicTrade: FrameClass.trade,
  'kline.1': FrameClass.ignored,
  control: FrameClass.control,
}

for (const expected of captures) {
  test(`${expected.file}: every frame is of its class and well-formed, every book chains`, {
    skip: skipWithout(expected.file),
  }, t => {
    const product = productById(expected.product)
    assert.ok(product)
    const replay = new Replay(product, symbolsOf(expected.file))
    for (const line of readLines<CapturedLine>(expected.file)) replay.take(line)
    replay.report(t)
    assert.deepEqual(replay.frameCounts, expected.frames)
    assert.deepEqual(replay.problems, [])
    assert.equal(replay.gapCount, 0)
    assert.equal(replay.topMismatchCount, 0)
    assert.equal(replay.comparedCount, expected.tops)
    assert.equal(replay.appliedCount, expected.applied)
  })
}

test('the instruments that Bybit lists are read from its own answer', {
  skip: skipWithout('bybit_instruments_rest_20260809_cf.ndjson.gz'),
}, t => {
  const product = productById('bybit-linear')
  assert.ok(product)
  const counts: number[] = []
  for (const line of readLines<CapturedLine>('bybit_instruments_rest_20260809_cf.ndjson.gz')) {
    const { listed, nextCursor } = product.instruments.parse(line.raw)
    assert.equal(nextCursor, null)
    assert.ok(listed.every(instrument => instrument.isTrading && instrument.contractValue === '1'))
    assert.ok(listed.some(instrument => instrument.symbol === 'BTCUSDT'))
    counts.push(listed.length)
  }
  t.diagnostic(`instruments: ${counts.join(', ')}`)
  assert.deepEqual(counts, [800, 557])
})

function symbolsOf(file: string): Set<string> {
  const symbols = new Set<string>()
  for (const { raw, dir } of readLines<CapturedLine>(file)) {
    if (dir === 'rest') continue
    const { stream, topic } = JSON.parse(raw) as { stream?: string; topic?: string }
    const symbol = stream?.split('@')[0]?.toUpperCase() ?? topic?.split('.').at(-1)
    if (symbol !== undefined) symbols.add(symbol)
  }
  return symbols
}

interface Ticker {
  readonly u: number
  readonly b: string
  readonly B: string
  readonly a: string
  readonly A: string
}

/** Takes every line as a connection would: class, decoder, and one chain and book per symbol. */
class Replay {
  readonly frameCounts: Record<string, number> = {}
  readonly problems: string[] = []
  appliedCount = 0
  gapCount = 0
  comparedCount = 0
  topMismatchCount = 0
  readonly #desk: ProductDesk
  readonly #books = new Map<string, CapturedBook>()
  readonly #tickers = new Map<string, Map<number, Ticker>>()

  constructor(product: Product, symbols: Iterable<string>) {
    this.#desk = new ProductDesk(product, symbols)
  }

  take({ dir, path, raw }: CapturedLine): void {
    if (dir === 'rest') {
      const symbol = /symbol=(\w+)/.exec(path ?? '')?.[1]
      if (symbol !== undefined) this.#depth(symbol, raw, 'rest')
      return
    }
    const channel = channelOf(raw)
    this.frameCounts[channel] = (this.frameCounts[channel] ?? 0) + 1
    const frameClass = this.#desk.classify(raw)
    if (frameClass !== CLASS_OF_CHANNEL[channel]) this.problems.push(`class ${frameClass} of ${raw.slice(0, 80)}`)
    const { instrument } = this.#desk.head
    if (frameClass === FrameClass.depth && instrument !== undefined) this.#depth(instrument.symbol, raw, 'stream')
    else if (isDecoded(frameClass)) this.#decode(raw)
    else if (frameClass === FrameClass.control) this.#control(raw)
  }

  report(t: TestContext): void {
    const { trades, tops, openInterests } = this.#desk.sink
    t.diagnostic(
      `frames ${JSON.stringify(this.frameCounts)}; trades ${trades.length}, tops ${tops.length}, ` +
        `open interest ${openInterests.length}; deltas applied ${this.appliedCount}, gaps ${this.gapCount}, ` +
        `tops compared ${this.comparedCount}, different ${this.topMismatchCount}`,
    )
  }

  #decode(raw: string): void {
    const before = this.#desk.sink.eventCount
    if (this.#desk.take(raw) !== 0) this.problems.push(`malformed ${raw.slice(0, 120)}`)
    if (this.#desk.head.frameClass === FrameClass.trade && this.#desk.sink.eventCount === before) {
      this.problems.push(`no trade from ${raw.slice(0, 120)}`)
    }
    if (raw.includes('@bookTicker')) {
      const { s, ...ticker } = (JSON.parse(raw) as { data: Ticker & { s: string } }).data
      const ofSymbol = this.#tickers.get(s) ?? new Map<number, Ticker>()
      this.#tickers.set(s, ofSymbol.set(ticker.u, ticker))
      this.#compare(s)
    }
  }

  #control(raw: string): void {
    const { kind } = this.#desk.product.readControl(Buffer.from(raw))
    // The recorder sent no request id.
    if (kind !== 'other') this.problems.push(`${kind} from ${raw}`)
  }

  #depth(symbol: string, raw: string, source: 'stream' | 'rest'): void {
    const frame = this.#desk.depthFrame
    if (!this.#desk.decodeDepth(raw, source)) {
      this.problems.push(`malformed ${raw.slice(0, 120)}`)
      return
    }
    const book = this.#books.get(symbol) ?? new CapturedBook(this.#desk.product)
    this.#books.set(symbol, book)
    this.appliedCount -= book.appliedCount
    this.gapCount -= book.gapCount
    book.take(frame)
    this.appliedCount += book.appliedCount
    this.gapCount += book.gapCount
    this.#compare(symbol)
  }

  /** The ticker and the delta of one update come in either order. */
  #compare(symbol: string): void {
    const book = this.#books.get(symbol)
    const ticker = book && this.#tickers.get(symbol)?.get(book.lastId)
    if (book === undefined || ticker === undefined || !book.isLive || book.comparedId === book.lastId) return
    book.comparedId = book.lastId
    this.comparedCount += 1
    const { b, B, a, A } = ticker
    if (book.book.top().join() !== [b, B, a, A].join()) this.topMismatchCount += 1
  }
}

class CapturedBook {
  readonly book = new TextBook()
  readonly #chain
  readonly #held: DepthFrame[] = []
  isLive = false
  lastId = -1
  comparedId = -1
  appliedCount = 0
  gapCount = 0

  constructor(product: Product) {
    this.#chain = product.depth.newChain()
  }

  take(frame: DepthFrame): void {
    switch (this.#chain.offer(frame)) {
      case DepthVerdict.apply:
        this.book.apply(frame)
        this.lastId = frame.lastId
        this.appliedCount += 1
        break
      case DepthVerdict.replace:
        this.isLive = true
        this.book.replace(frame)
        this.lastId = frame.lastId
        for (const held of this.#held.splice(0)) this.take(held)
        break
      case DepthVerdict.hold:
        this.#held.push({ ...frame, bids: [...frame.bids], asks: [...frame.asks] })
        break
      case DepthVerdict.skip:
        break
      default:
        this.gapCount += 1
    }
  }
}

function isDecoded(frameClass: FrameClass): boolean {
  return frameClass >= FrameClass.trade && frameClass <= FrameClass.openInterest
}

function channelOf(raw: string): string {
  const { stream, topic } = JSON.parse(raw) as { stream?: string; topic?: string }
  return stream?.replace(/^[^@]*/, '') ?? topic?.replace(/\.[^.]*$/, '') ?? 'control'
}
