// Publishes the books of this shard on the book board, each at most once per interval: the best levels of a live book, encoded
// once for all clients, or that a book is stale and why. The msgpack form is made only while a gateway has a client that reads
// it. Runs in an L2 worker; every gateway reads the board.

import assert from 'node:assert/strict'
import type { BoardWriter, CellHeader } from '@tradelane/shared/lanes/board'
import { CellStatus, Kind, type MonotonicUs, StatusReason, type WallUs } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { ThreadCell } from '@tradelane/shared/thread/parking'
import type { L2Start } from '@tradelane/shared/thread/thread-messages'
import { type BookEmission, encodeBook, packBook } from '@tradelane/shared/wire/encode-book'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import type { InstrumentBook } from './instrument-book.js'
import { UNCHANGED_US } from './limits.js'

export interface BookPublisherOptions {
  readonly start: Pick<L2Start, 'books' | 'depthLevels'>
  readonly board: BoardWriter
  readonly clock: Clock
  readonly nowUs: () => MonotonicUs
  readonly counters: Counters
  /** By book. */
  readonly wires: readonly InstrumentWire[]
  readonly gateways: readonly ThreadCell[]
}

export class BookPublisher {
  /** When each book may go out. */
  readonly throttle: Throttle
  readonly #options: BookPublisherOptions
  /** Of the board, by book. */
  readonly #cells: readonly number[]
  /** By book. */
  readonly #headers: readonly CellHeader[]
  /** By book: wall time since when it is live. */
  readonly #liveSinceUs: Float64Array
  readonly #emission: MutableEmission = {
    sequence: 0,
    engineUs: null,
    venueUs: 0 as WallUs,
    receivedUs: 0 as WallUs,
    unchangedSinceUs: 0 as WallUs,
    confirmedUs: 0 as WallUs,
    bids: [],
    asks: [],
  }
  #isPacking = false
  #mustRing = false

  constructor(options: BookPublisherOptions) {
    const { start, board } = options
    this.#options = options
    this.throttle = new Throttle(start.books.map(book => book.throttleMs))
    this.#cells = start.books.map(({ instrument }) => board.find(Kind.orderBookL2, instrument))
    this.#headers = this.#cells.map(cell => board.header(cell))
    this.#liveSinceUs = new Float64Array(this.#cells.length)
  }

  /**
   * At attach: the books of a predecessor are of unknown age. At the end: so are those of this worker. A book of which nothing
   * was ever known keeps its first status.
   */
  withholdAll(): void {
    for (const [index, { reason }] of this.#headers.entries()) {
      if (reason !== StatusReason.starting) this.publishStale(index, StatusReason.workerRestart)
    }
    this.ring()
  }

  /** True once after the first msgpack client came: every live book must go out again in both forms. */
  packingStarted(): boolean {
    const wasPacking = this.#isPacking
    this.#isPacking = false
    for (const gateway of this.#options.gateways) {
      const clientCount = gateway.msgpackClients()
      assert(clientCount >= 0, 'a count of clients is never negative')
      if (clientCount > 0) this.#isPacking = true
    }
    return this.#isPacking && !wasPacking
  }

  /** Withholds the book from now on: a change that waits for its interval does not go out. */
  publishStale(index: number, reason: StatusReason): void {
    assert(reason !== StatusReason.none, 'a withheld book has a reason')
    this.throttle.withdraw(index)
    const header = this.#headers[index]!
    if (header.status === CellStatus.stale && header.reason === reason) return
    const { board, clock, nowUs } = this.#options
    if (header.status !== CellStatus.stale) header.sinceUs = clock.toWallUs(nowUs())
    header.status = CellStatus.stale
    header.reason = reason
    board.publish(this.#cells[index]!, header, null, null)
    this.#mustRing = true
  }

  /** Whether a live book has an age by now that its status does not tell. */
  isAgeDue({ index, stamp }: InstrumentBook): boolean {
    const { status, reason } = this.#headers[index]!
    return status === CellStatus.live && reason !== ageReason(this.#options.nowUs() - stamp.changedUs)
  }

  /** False when the book does not fit its cell; it is withheld then. */
  publishLive(book: InstrumentBook): boolean {
    assert(book.isShown, 'only a book that is exact, not crossed and not silent is shown')
    const { start, board, clock, nowUs, counters, wires } = this.#options
    const { depthLevels } = start
    assert(book.sides.knows(depthLevels), 'every level that is shown is known')
    const { index } = book
    const header = this.#headers[index]!
    const { status, reason, sinceUs } = header
    const { sequence, engineUs, venueUs, receivedUs, changedUs, confirmedUs } = book.stamp
    const publishedUs = nowUs()
    if (header.status !== CellStatus.live) this.#liveSinceUs[index] = clock.toWallUs(publishedUs)
    header.status = CellStatus.live
    header.reason = ageReason(publishedUs - changedUs)
    // Of its age a client is told since when.
    header.sinceUs =
      header.reason === StatusReason.exact
        ? this.#liveSinceUs[index]!
        : Math.max(clock.toWallUs(changedUs), this.#liveSinceUs[index]!)
    header.sequence = sequence
    header.receivedUs = receivedUs

    const emission = this.#emission
    emission.sequence = sequence
    emission.engineUs = engineUs
    emission.receivedUs = clock.toWallUs(receivedUs)
    emission.unchangedSinceUs = changedUs === receivedUs ? emission.receivedUs : clock.toWallUs(changedUs)
    emission.confirmedUs = confirmedUs === receivedUs ? emission.receivedUs : clock.toWallUs(confirmedUs)
    emission.venueUs = venueUs ?? emission.receivedUs
    header.venueUs = emission.venueUs
    book.sides.bids.copyTop(depthLevels, emission.bids)
    book.sides.asks.copyTop(depthLevels, emission.asks)
    book.amountFactor.scale(emission.bids)
    book.amountFactor.scale(emission.asks)

    const wire = wires[index]!
    const json = encodeBook(emission, wire, depthLevels)
    const packed = this.#isPacking ? packBook(emission, wire, depthLevels) : null
    if (!board.publish(this.#cells[index]!, header, json, packed)) {
      counters.add('booksTooLarge')
      // It was not shown: a status that says so already keeps its time, and is not published with each change of the book.
      header.status = status
      header.reason = reason
      header.sinceUs = sinceUs
      this.publishStale(index, StatusReason.malformed)
      return false
    }
    counters.add('booksPublished')
    this.#mustRing = true
    return true
  }

  /** Wakes the gateways, once per turn and only when something changed. */
  ring(): void {
    if (!this.#mustRing) return
    this.#mustRing = false
    this.#options.board.ring()
  }
}

function ageReason(ageUs: number): StatusReason {
  if (ageUs < UNCHANGED_US[0]) return StatusReason.exact
  return ageUs < UNCHANGED_US[1] ? StatusReason.unchanged15s : StatusReason.unchanged60s
}

type MutableEmission = { -readonly [Field in keyof BookEmission]: BookEmission[Field] } & {
  bids: string[]
  asks: string[]
}

/**
 * When each book of a shard may go out: the first change after quiet at once, then at most one per interval, and the last
 * change always, at the latest one interval after the emission before it. Only emissions are throttled: every delta is applied
 * first. A reset does not wait for the interval.
 */
export class Throttle {
  readonly #intervalMs: Float64Array
  readonly #emittedMs: Float64Array
  /** Infinity where no change waits. */
  readonly #dueMs: Float64Array
  /** No due time is earlier; it may be too early after a withdrawal. */
  #earliestMs = Number.POSITIVE_INFINITY
  /** Where the next search for due books starts, so that a low index is not always first. */
  #start = 0

  /** One interval per book, by index. */
  constructor(intervalMs: readonly number[]) {
    this.#intervalMs = Float64Array.from(intervalMs)
    this.#emittedMs = new Float64Array(intervalMs.length).fill(Number.NEGATIVE_INFINITY)
    this.#dueMs = new Float64Array(intervalMs.length).fill(Number.POSITIVE_INFINITY)
  }

  /** The book at `index` changed. */
  changed(index: number, nowMs: number): void {
    assert(index < this.#dueMs.length, 'each book of the shard has a throttle')
    if (this.#dueMs[index]! !== Number.POSITIVE_INFINITY) return
    this.#setDue(index, Math.max(nowMs, this.#emittedMs[index]! + this.#intervalMs[index]!))
  }

  /** The book at `index` is a new one: it goes out now. */
  reset(index: number, nowMs: number): void {
    this.#setDue(index, nowMs)
  }

  /** The book at `index` must not go out (it is stale); its next change is treated as any other. */
  withdraw(index: number): void {
    assert(index < this.#dueMs.length, 'each book of the shard has a throttle')
    this.#dueMs[index] = Number.POSITIVE_INFINITY
  }

  /** The index of a due book, which counts as emitted now; -1 when none is due. */
  take(nowMs: number): number {
    if (this.#earliestMs > nowMs) return -1
    const count = this.#dueMs.length
    let earliestMs = Number.POSITIVE_INFINITY
    for (let step = 0; step < count; step += 1) {
      const index = (this.#start + step) % count
      const dueMs = this.#dueMs[index]!
      if (dueMs <= nowMs) {
        assert(nowMs >= this.#emittedMs[index]!, 'time never goes back')
        this.#dueMs[index] = Number.POSITIVE_INFINITY
        this.#emittedMs[index] = nowMs
        this.#start = (index + 1) % count
        return index
      }
      if (dueMs < earliestMs) earliestMs = dueMs
    }
    assert(earliestMs >= this.#earliestMs, 'no book is due before the earliest')
    this.#earliestMs = earliestMs
    return -1
  }

  /** 0 when a book may be due, Infinity when no change waits. */
  msToNext(nowMs: number): number {
    return Math.max(0, this.#earliestMs - nowMs)
  }

  #setDue(index: number, dueMs: number): void {
    assert(dueMs >= this.#emittedMs[index]!, 'a book is due after its last emission')
    this.#dueMs[index] = dueMs
    if (dueMs < this.#earliestMs) this.#earliestMs = dueMs
  }
}
