// The agent of one shard: reads depth records from its ring into the books, then publishes the books that are due. A turn is
// bounded, so that due books, loss checks and the heartbeat get their share under any load. Runs in an L2 worker thread (or,
// with ISOLATION=off, in the one thread of all agents); next is the book board. Its only clock is `nowUs`: a test can drive it
// in virtual time by `doWork` and `msToNextDeadline`.

import assert from 'node:assert/strict'
import { DepthRecordKind, type DepthRingConsumer } from '@tradelane/shared/lanes/depth-ring'
import { RECOVERED_RATIO } from '@tradelane/shared/lanes/depth-ring-layout'
import { type Instrument, type MonotonicUs, StatusReason } from '@tradelane/shared/market/nouns'
import type { Agent } from '@tradelane/shared/thread/agent'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { Remedy, ResyncRequest } from '@tradelane/shared/thread/thread-messages'
import type { DepthProtocol } from '@tradelane/venues/depth-protocol'
import type { BookEvents } from './book-events.js'
import type { BookPublisher, Throttle } from './book-publisher.js'
import { InstrumentBook } from './instrument-book.js'
import { BOOKS_PER_TURN_MAX, RECORD_BYTES_PER_TURN_MAX, RECORDS_PER_TURN_MAX, SWEEP_INTERVAL_MS } from './limits.js'
import { ShardLag } from './shard-lag.js'

export interface L2AgentOptions {
  readonly ring: DepthRingConsumer
  readonly publisher: BookPublisher
  readonly counters: Counters
  readonly log: RateLimitedLog
  readonly nowUs: () => MonotonicUs
  readonly books: readonly BookSettings[]
  readonly depthLevels: number
  readonly requestResync: (request: ResyncRequest) => void
}

export interface BookSettings {
  readonly instrument: Instrument
  readonly depth: DepthProtocol
  readonly needsFactor: boolean
}

export class L2Agent implements Agent, BookEvents {
  readonly #ring: DepthRingConsumer
  readonly #publisher: BookPublisher
  readonly #counters: Counters
  readonly #log: RateLimitedLog
  readonly #nowUs: () => MonotonicUs
  readonly #requestResync: (request: ResyncRequest) => void
  readonly #books: readonly InstrumentBook[]
  readonly #bookOfInstrument: (InstrumentBook | undefined)[] = []
  readonly #throttle: Throttle
  readonly #lag = new ShardLag()
  /** What is in the ring was written after this: the frames that a handover brings were received before, and held. */
  #handoverUs = DOUBLE_ZERO
  #turnUs = DOUBLE_ZERO
  #isInTurn = false
  #sweepMs = DOUBLE_ZERO

  constructor(options: L2AgentOptions) {
    this.#ring = options.ring
    this.#publisher = options.publisher
    this.#counters = options.counters
    this.#log = options.log
    this.#nowUs = options.nowUs
    this.#requestResync = options.requestResync
    this.#throttle = options.publisher.throttle
    this.#books = options.books.map(
      ({ instrument, depth, needsFactor }, index) =>
        new InstrumentBook({
          index,
          instrument,
          depth,
          needsFactor,
          depthLevels: options.depthLevels,
          lossCount: options.ring.lossCount(instrument.id),
          events: this,
          counters: options.counters,
        }),
    )
    for (const book of this.#books) this.#bookOfInstrument[book.instrument.id] = book
  }

  doWork(): number {
    assert(!this.#isInTurn, 'a turn is never nested')
    this.#isInTurn = true
    const nowUs = this.#nowUs()
    assert(nowUs >= this.#turnUs, 'time never goes back')
    this.#turnUs = nowUs
    const nowMs = nowUs / 1_000
    const recordCount = this.#drain(nowMs)
    this.#updateLag(nowMs, recordCount)
    if (nowMs >= this.#sweepMs) this.#sweep(nowMs)
    const bookCount = this.#emit(nowMs)
    this.#publisher.ring()
    this.#isInTurn = false
    return recordCount + bookCount
  }

  msToNextDeadline(): number {
    const nowMs = this.#nowUs() / 1_000
    const msToSweep = Math.max(0, this.#sweepMs - nowMs)
    return this.#lag.isBehind ? msToSweep : Math.min(msToSweep, this.#throttle.msToNext(nowMs))
  }

  close(): void {
    this.#publisher.withholdAll()
  }

  onStale(index: number, reason: StatusReason): void {
    this.#publisher.publishStale(index, reason)
  }

  onChanged(index: number, nowMs: number): void {
    this.#throttle.changed(index, nowMs)
  }

  onReset(index: number, nowMs: number): void {
    if (this.#lag.isBehind) this.#publisher.publishStale(index, StatusReason.overload)
    else this.#throttle.reset(index, nowMs)
  }

  onResync(index: number, reason: StatusReason, remedy: Remedy): void {
    this.#requestResync({ type: 'resync', instrument: this.#books[index]!.instrument.id, reason, remedy })
  }

  onPaused(index: number, ms: number): void {
    const { exchange, symbol } = this.#books[index]!.instrument
    this.#log.write(
      'warn',
      'neither a snapshot nor another connection helps this book, waiting',
      `${exchange} ${symbol}`,
      {
        ms,
      },
    )
  }

  onMalformed(index: number): void {
    const { exchange, symbol } = this.#books[index]!.instrument
    this.#log.write('warn', 'malformed depth frame, resyncing the book', `${exchange} ${symbol}`)
  }

  #drain(nowMs: number): number {
    const ring = this.#ring
    const record = ring.record
    let recordCount = 0
    let byteCount = 0
    while (recordCount < RECORDS_PER_TURN_MAX && byteCount < RECORD_BYTES_PER_TURN_MAX && ring.read()) {
      recordCount += 1
      byteCount += record.frame.length
      if (record.kind === DepthRecordKind.handover) this.#handoverUs = record.receivedUs
      // An instrument without a book here, e.g. one whose books are not subscribed: its frames are of no use.
      this.#bookOfInstrument[record.instrument]?.accept(record, nowMs)
    }
    if (recordCount > 0) this.#counters.add('depthRecords', recordCount)
    return recordCount
  }

  /** Behind: books are kept exact but not shown. Caught up: all that are exact go out at once. */
  #updateLag(nowMs: number, recordCount: number): void {
    const ring = this.#ring
    const writtenUs = Math.max(ring.record.receivedUs, this.#handoverUs)
    // Where this turn found none, what is there now has just come, and the last one read may be of long ago.
    const lagMs = recordCount > 0 && ring.hasRecord() ? (this.#nowUs() - writtenUs) / 1_000 : 0
    if (!this.#lag.update(nowMs, lagMs, ring.fillRatio())) return
    if (this.#lag.isBehind) this.#counters.add('fellBehind')
    for (const book of this.#books) {
      if (!book.isLive || book.isSilent) continue
      if (this.#lag.isBehind) this.#publisher.publishStale(book.index, StatusReason.overload)
      else if (book.isCrossed) this.#publisher.publishStale(book.index, StatusReason.crossed)
      else this.#throttle.reset(book.index, nowMs)
    }
  }

  #sweep(nowMs: number): void {
    assert(this.#isInTurn, 'a sweep is part of a turn')
    this.#sweepMs = nowMs + SWEEP_INTERVAL_MS
    // A snapshot requested now would find no room in a full ring, or be old when it is read.
    const hasRoom = this.#ring.fillRatio() < RECOVERED_RATIO
    let heldCount = 0
    let levelCount = 0
    for (const book of this.#books) {
      book.checkLoss(this.#lossCountOf(book), nowMs)
      book.sweep(nowMs, hasRoom)
      if (book.isShown && this.#publisher.isAgeDue(book)) this.#throttle.reset(book.index, nowMs)
      heldCount += book.heldCount
      levelCount += book.sides.levelCount
    }
    this.#counters.set('heldDeltas', heldCount)
    this.#counters.set('levelsKept', levelCount)
    if (!this.#publisher.packingStarted()) return
    for (const book of this.#books) if (book.isLive) this.#throttle.reset(book.index, nowMs)
  }

  #emit(nowMs: number): number {
    if (this.#lag.isBehind) return 0
    let bookCount = 0
    while (bookCount < BOOKS_PER_TURN_MAX) {
      const index = this.#throttle.take(nowMs)
      if (index < 0) return bookCount
      bookCount += 1
      const book = this.#books[index]!
      // Frames may have been lost after the last record that was read: check before every emission.
      book.checkLoss(this.#lossCountOf(book), nowMs)
      if (!book.isShown) continue
      if (book.sides.isEmpty) this.#publisher.publishStale(index, StatusReason.notTrading)
      else this.#publisher.publishLive(book)
    }
    return bookCount
  }

  #lossCountOf(book: InstrumentBook): number {
    return this.#ring.lossCount(book.instrument.id)
  }
}
