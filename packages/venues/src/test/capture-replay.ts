// Replays a recording as connections would: class, decoder, and one chain and book per symbol; compares the books with what the
// venue itself sent about them: Binance's tickers, the checksums that OKX used to send.

import type { TestContext } from 'node:test'
import { crc32 } from 'node:zlib'
import type { TopEvent } from '@tradelane/shared/market/market-events'
import { type DepthFrame, DepthVerdict } from '../depth-protocol.js'
import { FrameClass } from '../frame-class.js'
import type { Product } from '../venue.js'
import type { CapturedLine } from './feeds.js'
import { ProductFixture } from './product-fixture.js'
import { TextBook } from './text-book.js'

/** Lines of a recording, and the venue's symbols in them. */
export class Capture {
  readonly lines: readonly CapturedLine[]
  readonly symbols: ReadonlySet<string>

  constructor(lines: Iterable<CapturedLine>) {
    this.lines = [...lines]
    const streamed = this.lines.filter(line => line.dir === 'in').map(line => symbolOf(line.raw))
    this.symbols = new Set(streamed.filter(symbol => symbol !== undefined))
  }
}

/** With former names of channels. */
export const CLASS_OF_CHANNEL: Readonly<Record<string, FrameClass>> = {
  '@bookTicker': FrameClass.top,
  '@trade': FrameClass.trade,
  '@aggTrade': FrameClass.trade,
  '@depth@0ms': FrameClass.depth,
  '@depth@100ms': FrameClass.depth,
  '@kline_1m': FrameClass.ignored,
  'orderbook.200': FrameClass.depth,
  'orderbook.50': FrameClass.depth,
  'orderbook.1': FrameClass.top,
  // Bybit's.
  '.tickers': FrameClass.openInterest,
  publicTrade: FrameClass.trade,
  'kline.1': FrameClass.ignored,
  trades: FrameClass.trade,
  books: FrameClass.depth,
  'books-l2-tbt': FrameClass.depth,
  // OKX's.
  tickers: FrameClass.top,
  control: FrameClass.control,
}

export class CaptureReplay {
  readonly frameCounts: Record<string, number> = {}
  readonly problems: string[] = []
  appliedCount = 0
  gapCount = 0
  checksumCount = 0
  /** Sequences at which a book differed from the venue's. */
  readonly wrongAt: number[] = []
  comparedCount = 0
  /** By channel: frames of trades and tops that were not decoded by bytes. */
  readonly parsedCounts: Record<string, number> = {}
  readonly fixture: ProductFixture
  /** White space before a frame leaves it to the strict parser. */
  readonly #strict: ProductFixture
  #strictCount = 0
  readonly #books = new Map<string, CapturedBook>()

  constructor(product: Product, symbols: Iterable<string>) {
    this.fixture = new ProductFixture(product, symbols)
    this.#strict = new ProductFixture(product, symbols)
  }

  take({ dir, path, raw }: CapturedLine): void {
    if (dir === 'rest') {
      const symbol = /symbol=(\w+)/.exec(path ?? '')?.[1]
      if (symbol !== undefined) this.#takeDepth(symbol, raw, 'rest')
      return
    }
    const channel = channelOf(raw)
    this.frameCounts[channel] = (this.frameCounts[channel] ?? 0) + 1
    const frameClass = this.fixture.classify(raw)
    if (frameClass !== CLASS_OF_CHANNEL[channel]) this.problems.push(`class ${frameClass} of ${raw.slice(0, 80)}`)
    const { instrument, wasParsed } = this.fixture.head
    if (instrument !== undefined && wasParsed) this.problems.push(`unusual form of ${raw.slice(0, 80)}`)
    if (frameClass === FrameClass.depth) this.#takeDepth(this.fixture.head.instrument?.symbol ?? '', raw, 'stream')
    else if (frameClass >= FrameClass.trade && frameClass <= FrameClass.openInterest) this.#decode(raw, channel)
    else if (frameClass === FrameClass.control) this.#readControl(raw)
  }

  /** Compares every book with the last ticker of the updates that its delta covers, whichever of the two came first. */
  compareTops(): void {
    for (const [symbol, book] of this.#books) {
      const tickers = this.fixture.sink.tops.filter(top => top.instrument.symbol === symbol)
      this.#compareTops(
        book.tops,
        tickers.sort((left, right) => left.sequence - right.sequence),
      )
    }
  }

  report(t: TestContext): void {
    const { trades, tops, openInterests } = this.fixture.sink
    t.diagnostic(
      `frames ${JSON.stringify(this.frameCounts)}, parsed ${JSON.stringify(this.parsedCounts)}; trades ${trades.length}, tops ${tops.length}, ` +
        `open interest ${openInterests.length}; deltas applied ${this.appliedCount}, gaps ${this.gapCount}, ` +
        `tops compared ${this.comparedCount}, checksums ${this.checksumCount}, different ${this.wrongAt.length}`,
    )
  }

  #compareTops(books: readonly SeenTop[], tickers: readonly TopEvent[]): void {
    let next = 0
    for (const { firstId, lastId, text } of books) {
      while ((tickers[next]?.sequence ?? Number.POSITIVE_INFINITY) <= lastId) next += 1
      const ticker = tickers[next - 1]
      if (ticker === undefined || ticker.sequence < firstId) continue
      this.comparedCount += 1
      const expected = [ticker.bidPrice, ticker.bidAmount, ticker.askPrice, ticker.askAmount].join()
      if (text !== expected) this.wrongAt.push(ticker.sequence)
    }
  }

  #decode(raw: string, channel: string): void {
    const { sink, decoder, head } = this.fixture
    const before = sink.eventCount
    if (this.fixture.take(raw) !== 0) this.problems.push(`malformed ${raw.slice(0, 120)}`)
    if (head.frameClass === FrameClass.trade && sink.eventCount === before) {
      this.problems.push(`no trade from ${raw.slice(0, 120)}`)
    }
    if (decoder.wasParsed) this.parsedCounts[channel] = (this.parsedCounts[channel] ?? 0) + 1
    this.#compareWithStrict(raw)
  }

  #compareWithStrict(raw: string): void {
    const { sink } = this.#strict
    sink.clear()
    this.#strict.take(` ${raw}`)
    for (const events of ['trades', 'tops', 'openInterests', 'liquidations'] as const) {
      const expected = JSON.stringify(sink[events])
      const decoded = JSON.stringify(
        sink[events].length === 0 ? [] : this.fixture.sink[events].slice(-sink[events].length),
      )
      if (decoded !== expected)
        this.problems.push(`decoded ${decoded.slice(0, 300)}, strictly ${expected.slice(0, 300)}`)
    }
    this.#strictCount += sink.eventCount
    if (this.#strictCount !== this.fixture.sink.eventCount) this.problems.push(`other events in ${raw.slice(0, 120)}`)
  }

  #readControl(raw: string): void {
    const { kind } = this.fixture.product.readControl(Buffer.from(raw))
    // The recorders sent no request id.
    if (kind !== 'other') this.problems.push(`${kind} from ${raw}`)
  }

  #takeDepth(symbol: string, raw: string, source: 'stream' | 'rest'): void {
    const frame = this.fixture.depthFrame
    if (!this.fixture.decodeDepth(raw, source)) {
      this.problems.push(`malformed ${raw.slice(0, 120)}`)
      return
    }
    const book = this.#books.get(symbol) ?? new CapturedBook(this.fixture.product)
    this.#books.set(symbol, book)
    this.appliedCount -= book.appliedCount
    this.gapCount -= book.gapCount
    book.take(frame)
    this.appliedCount += book.appliedCount
    this.gapCount += book.gapCount
    const checksum = Number(/"checksum":(-?\d+)/.exec(raw)?.[1] ?? 0)
    if (checksum === 0) return
    this.checksumCount += 1
    if ((crc32(book.book.checksumText(CHECKSUM_LEVELS)) | 0) !== checksum) this.wrongAt.push(frame.sequence)
  }
}

const CHECKSUM_LEVELS = 25

/** The best levels after a delta that covers these updates. */
interface SeenTop {
  readonly firstId: number
  readonly lastId: number
  readonly text: string
}

class CapturedBook {
  readonly book = new TextBook()
  readonly tops: SeenTop[] = []
  readonly #chain
  readonly #held: DepthFrame[] = []
  appliedCount = 0
  gapCount = 0

  constructor(product: Product) {
    this.#chain = product.depth.newChain()
  }

  take(frame: DepthFrame): void {
    switch (this.#chain.offer(frame)) {
      case DepthVerdict.apply:
        this.book.apply(frame)
        this.appliedCount += 1
        this.tops.push({ firstId: frame.firstId, lastId: frame.lastId, text: this.book.top() })
        break
      case DepthVerdict.replace:
        this.book.replace(frame)
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

const STREAM = /"stream":"([^@"]*)(@[^"]*)"/
const TOPIC = /"topic":"([^"]*)\.([^."]*)"/
const CHANNEL = /"arg":\{"channel":"([^"]*)"(?:,"instId":"([^"]*)")?/

function channelOf(raw: string): string {
  if (raw.includes('"event":')) return 'control'
  const topic = TOPIC.exec(raw)?.[1]
  return STREAM.exec(raw)?.[2] ?? (topic === 'tickers' ? '.tickers' : topic) ?? CHANNEL.exec(raw)?.[1] ?? 'control'
}

function symbolOf(raw: string): string | undefined {
  return STREAM.exec(raw)?.[1]?.toUpperCase() ?? TOPIC.exec(raw)?.[2] ?? CHANNEL.exec(raw)?.[2]
}
