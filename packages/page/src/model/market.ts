// What the page knows of the market: fed by one feed, read by the views, which redraw at their own pace.

import type { Book, ConnectionChange, FeedBatch, InstrumentLabel, Status, Trade } from '../feed/feed-messages.js'
import { DelayMeter } from './delay-meter.js'
import { DepthHistory } from './depth-history.js'

/** Of all instruments together: the last minute of a busy market, so that each of them can be asked about. */
const TRADES_MAX = 12_000
/** Of one instrument, for the heatmap; the largest are kept longest. */
const MARKED_MAX = 2_000
const CVD_POINTS_MAX = 2_400
const CVD_MS = 500
/** Instruments whose books are remembered: each takes some megabytes. */
const HISTORIES_MAX = 12

export interface CvdPoint {
  readonly atMs: number
  readonly cvd: number
  readonly price: number
}

export class Instrument {
  readonly label: InstrumentLabel
  book: Book | undefined
  /** Of its book, by the gateway; undefined where it has none. */
  bookStatus: Status | undefined
  /** Whether the gateway has ever named a book of it. */
  hasBook = false
  lastPrice = Number.NaN
  cvd = 0
  trades = 0
  readonly marked: Trade[] = []
  readonly cvdPoints: CvdPoint[] = []
  history: DepthHistory | undefined

  constructor(label: InstrumentLabel) {
    this.label = label
  }

  get key(): string {
    return this.label.key
  }
}

export class Market {
  readonly instruments = new Map<string, Instrument>()
  readonly links = new Map<string, Status>()
  /** The newest last. */
  readonly trades: Trade[] = []
  readonly delays = new DelayMeter()
  connection: ConnectionChange = { type: 'connection', state: 'connecting', why: '' }
  /** Since when there is no connection; null while there is one. */
  disconnectedMs: number | null = Date.now()
  stream = ''
  gapCount = 0
  bytes = 0
  frames = 0
  bookFrames = 0
  #histories = 0

  readonly onConnection = (change: ConnectionChange): void => {
    this.connection = change
    if (change.state === 'open') {
      this.disconnectedMs = null
      return
    }
    this.disconnectedMs ??= Date.now()
    // What the gateway withholds and what it cannot tell looks the same from here: nothing is known.
    for (const instrument of this.instruments.values()) {
      instrument.book = undefined
      instrument.bookStatus = undefined
    }
  }

  readonly onBatch = (batch: FeedBatch): void => {
    if (batch.stream !== this.stream) {
      this.stream = batch.stream
      // Another process: it knows nothing of these, and uses their numbers again.
      this.trades.length = 0
    }
    for (const label of batch.instruments) {
      if (!this.instruments.has(label.key)) this.instruments.set(label.key, new Instrument(label))
    }
    this.bytes += batch.bytes
    this.frames += batch.frames
    this.bookFrames += batch.bookFrames
    this.gapCount += batch.gaps.length
    for (const status of batch.statuses) this.#setStatus(status)
    for (const book of batch.books) this.#setBook(book)
    for (const trade of batch.trades) this.#addTrade(trade)
    this.delays.add(batch.trades)
    if (this.trades.length > TRADES_MAX + 1_000) this.trades.splice(0, this.trades.length - TRADES_MAX)
  }

  #setStatus(status: Status): void {
    if (status.instrument === null) {
      this.links.set(`${status.product} ${status.of}`, status)
      return
    }
    const instrument = this.instruments.get(status.instrument)
    if (instrument === undefined || status.of !== 'order_book_l2') return
    instrument.bookStatus = status
    instrument.hasBook = true
    // A withheld book is not shown as if it were one.
    if (status.state !== 'live') instrument.book = undefined
  }

  #setBook(book: Book): void {
    const instrument = this.instruments.get(book.instrument)
    if (instrument === undefined) return
    instrument.book = book
    instrument.hasBook = true
    if (instrument.history === undefined && this.#histories < HISTORIES_MAX) {
      instrument.history = new DepthHistory()
      this.#histories += 1
    }
    instrument.history?.add(book.receivedMs, book.bids, book.asks)
  }

  #addTrade(trade: Trade): void {
    this.trades.push(trade)
    const instrument = this.instruments.get(trade.instrument)
    if (instrument === undefined) return
    instrument.marked.push(trade)
    if (instrument.marked.length > MARKED_MAX) instrument.marked.splice(0, MARKED_MAX / 4)
    if (trade.isLiquidation) return
    instrument.lastPrice = trade.price
    instrument.trades += 1
    instrument.cvd += trade.isBuy ? trade.size : -trade.size
    const points = instrument.cvdPoints
    const point = { atMs: trade.receivedMs, cvd: instrument.cvd, price: trade.price }
    if (trade.receivedMs - (points.at(-1)?.atMs ?? 0) < CVD_MS)
      points[points.length - 1] = { ...point, atMs: points.at(-1)?.atMs ?? 0 }
    else points.push(point)
    if (points.length > CVD_POINTS_MAX) points.splice(0, points.length, ...points.filter((_, index) => index % 2 === 1))
  }
}
