// The books of the single-loop server: Tradelane's own sequence rules, books and throttle, called directly for each venue frame,
// without a ring or a board between.

import type { BookEvents } from '@tradelane/l2-worker/book-events'
import { InstrumentBook } from '@tradelane/l2-worker/instrument-book'
import { SWEEP_INTERVAL_MS } from '@tradelane/l2-worker/limits'
import { type DepthRecord, DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { encodeLinkUp } from '@tradelane/shared/lanes/depth-ring-link-up'
import type { Decimal, Instrument, MonotonicUs } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import { Counters, createCounters } from '@tradelane/shared/thread/counters'
import { encodeBook } from '@tradelane/shared/wire/encode-book'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { productById } from '@tradelane/venues/registry'
import type { FrameSink } from './frame-sink.js'
import { TimedThrottle } from './timed-throttle.js'

export interface OrderBooksOptions {
  readonly sink: FrameSink
  readonly books: readonly {
    readonly instrument: Instrument
    readonly productId: string
    readonly throttleMs: number
  }[]
  readonly wires: readonly InstrumentWire[]
  readonly depthLevels: number
  readonly clock: Clock
  /** The instrument's book needs a new snapshot. */
  requestSnapshot(instrument: Instrument): void
}

export class OrderBooks implements BookEvents {
  readonly #options: OrderBooksOptions
  readonly #books: readonly InstrumentBook[]
  readonly #byInstrument: InstrumentBook[] = []
  readonly #throttle: TimedThrottle
  readonly #record: DepthRecord
  readonly #bids: string[] = []
  readonly #asks: string[] = []

  constructor(options: OrderBooksOptions) {
    this.#options = options
    const counters = new Counters(createCounters(1), 0)
    this.#books = options.books.map(({ instrument, productId }, index) => {
      const depth = productById(productId)?.depth
      if (depth === undefined) throw new Error(`unknown product "${productId}"`)
      const { depthLevels } = options
      const common = { index, instrument, depth, depthLevels, counters, events: this }
      return new InstrumentBook({ ...common, needsFactor: false, lossCount: 0 })
    })
    for (const book of this.#books) this.#byInstrument[book.instrument.id] = book
    this.#throttle = new TimedThrottle(
      options.books.map(book => book.throttleMs),
      index => this.#emit(this.#books[index] as InstrumentBook),
    )
    const instrument = options.books[0]?.instrument.id ?? (0 as Instrument['id'])
    this.#record = { kind: DepthRecordKind.stream, instrument, lossCount: 0, receivedUs: NO_STAMP, frame: EMPTY }
    setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS)
  }

  accept(kind: DepthRecordKind, instrument: Instrument, frame: Buffer, receivedUs = NO_STAMP): void {
    const record = this.#record
    record.kind = kind
    record.instrument = instrument.id
    record.frame = frame
    record.receivedUs = receivedUs
    this.#byInstrument[instrument.id]?.accept(record, performance.now())
  }

  linkUp(instrument: Instrument, contractValue: Decimal | null): void {
    this.accept(DepthRecordKind.linkUp, instrument, Buffer.from(encodeLinkUp(contractValue)))
  }

  linkDown(instrument: Instrument): void {
    this.accept(DepthRecordKind.linkDown, instrument, EMPTY)
  }

  onStale(index: number): void {
    this.#throttle.withdraw(index)
    this.#options.sink.withdraw(cellOf(this.#books[index] as InstrumentBook))
  }

  onChanged(index: number): void {
    this.#throttle.changed(index)
  }

  onReset(index: number): void {
    this.#throttle.reset(index)
  }

  onResync(index: number): void {
    this.#options.requestSnapshot((this.#books[index] as InstrumentBook).instrument)
  }

  onMalformed(): void {
    // Nothing to do: the book becomes stale and requests a new snapshot.
  }

  onPaused(): void {
    // Nothing to do: the book stays stale.
  }

  #emit(book: InstrumentBook): void {
    if (!book.isLive || book.isCrossed || book.sides.isEmpty) return
    const { wires, depthLevels, sink, clock } = this.#options
    const { sequence, engineUs } = book.stamp
    const receivedUs = clock.toWallUs(book.stamp.receivedUs)
    const venueUs = book.stamp.venueUs ?? receivedUs
    book.sides.bids.copyTop(depthLevels, this.#bids)
    book.sides.asks.copyTop(depthLevels, this.#asks)
    const times = { engineUs, venueUs, receivedUs, unchangedSinceUs: receivedUs, confirmedUs: receivedUs }
    const emission = { sequence, ...times, bids: this.#bids, asks: this.#asks }
    const wire = wires[book.instrument.id] as InstrumentWire
    sink.sendState(cellOf(book), encodeBook(emission, wire, depthLevels))
  }

  #sweep(): void {
    const nowMs = performance.now()
    for (const book of this.#books) book.sweep(nowMs)
  }
}

const EMPTY = Buffer.alloc(0)
const NO_STAMP = 0 as MonotonicUs

function cellOf(book: InstrumentBook): string {
  return `book ${book.instrument.id}`
}
