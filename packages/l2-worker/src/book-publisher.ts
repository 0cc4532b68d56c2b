// Writes this shard's cells of the book board: the best levels of a live book, encoded once for all clients, or that a book is
// stale and why. The msgpack form is made only while a gateway has a client that reads it. Runs in an L2 worker; every gateway
// reads the board.

import assert from 'node:assert/strict'
import { type BoardWriter, type CellHeader, newCellHeader } from '@tradelane/shared/lanes/board'
import { CellStatus, type MonotonicUs, StatusReason, type WallUs } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { ThreadCell } from '@tradelane/shared/thread/parking'
import { type BookEmission, encodeBook, packBook } from '@tradelane/shared/wire/encode-book'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import type { InstrumentBook } from './instrument-book.js'

export interface BookPublisherOptions {
  readonly board: BoardWriter
  /** Of the board, by book. */
  readonly cells: readonly number[]
  readonly clock: Clock
  readonly nowUs: () => MonotonicUs
  readonly counters: Counters
  /** By book. */
  readonly wires: readonly InstrumentWire[]
  readonly depthLevels: number
  readonly gateways: readonly ThreadCell[]
}

export class BookPublisher {
  readonly #board: BoardWriter
  readonly #cells: readonly number[]
  readonly #clock: Clock
  readonly #nowUs: () => MonotonicUs
  readonly #counters: Counters
  readonly #wires: readonly InstrumentWire[]
  readonly #depthLevels: number
  readonly #gateways: readonly ThreadCell[]
  readonly #headers: readonly CellHeader[]
  readonly #emission: MutableEmission
  #isPacking = false
  #mustRing = false

  constructor(options: BookPublisherOptions) {
    this.#board = options.board
    this.#cells = options.cells
    this.#clock = options.clock
    this.#nowUs = options.nowUs
    this.#counters = options.counters
    this.#wires = options.wires
    this.#depthLevels = options.depthLevels
    this.#gateways = options.gateways
    this.#headers = options.wires.map(newCellHeader)
    this.#emission = {
      sequence: 0,
      engineUs: null,
      venueUs: 0 as WallUs,
      receivedUs: 0 as WallUs,
      bids: [],
      asks: [],
    }
  }

  /** At attach: the books of a predecessor are of unknown age. */
  withholdAll(): void {
    this.#cells.forEach((cell, index) => {
      this.publishStale(index, this.#board.isWritten(cell) ? StatusReason.workerRestart : StatusReason.starting)
    })
    this.ring()
  }

  /** True once after the first msgpack client came: every live book must go out again in both forms. */
  packingStarted(): boolean {
    const wasPacking = this.#isPacking
    this.#isPacking = false
    for (const gateway of this.#gateways) {
      const clientCount = gateway.msgpackClients()
      assert(clientCount >= 0, 'a count of clients is never negative')
      if (clientCount > 0) this.#isPacking = true
    }
    return this.#isPacking && !wasPacking
  }

  /** Withholds the book from now on. */
  publishStale(index: number, reason: StatusReason): void {
    assert(reason !== StatusReason.none, 'a withheld book has a reason')
    const header = this.#headers[index]!
    if (header.status === CellStatus.stale && header.reason === reason) return
    if (header.status !== CellStatus.stale) header.sinceUs = this.#clock.toWallUs(this.#nowUs())
    header.status = CellStatus.stale
    header.reason = reason
    this.#board.publish(this.#cells[index]!, header, null, null)
    this.#mustRing = true
  }

  /** False when the book does not fit its cell; it is withheld then. */
  publishLive(book: InstrumentBook): boolean {
    assert(book.isLive && !book.isCrossed, 'only a book that is exact and not crossed is shown')
    assert(book.sides.knows(this.#depthLevels), 'every level that is shown is known')
    const { index } = book
    const header = this.#headers[index]!
    const { sequence, engineUs, venueUs, receivedUs } = book.stamp
    if (header.status !== CellStatus.live) header.sinceUs = this.#clock.toWallUs(this.#nowUs())
    header.status = CellStatus.live
    header.reason = StatusReason.none
    header.sequence = sequence
    header.receivedUs = receivedUs

    const emission = this.#emission
    emission.sequence = sequence
    emission.engineUs = engineUs
    emission.receivedUs = this.#clock.toWallUs(receivedUs)
    emission.venueUs = venueUs ?? emission.receivedUs
    header.venueUs = emission.venueUs
    book.sides.bids.copyTop(this.#depthLevels, emission.bids)
    book.sides.asks.copyTop(this.#depthLevels, emission.asks)
    book.amountFactor.scale(emission.bids)
    book.amountFactor.scale(emission.asks)

    const wire = this.#wires[index]!
    const json = encodeBook(emission, wire, this.#depthLevels)
    const packed = this.#isPacking ? packBook(emission, wire, this.#depthLevels) : null
    if (!this.#board.publish(this.#cells[index]!, header, json, packed)) {
      this.#counters.add('booksTooLarge')
      this.publishStale(index, StatusReason.malformed)
      return false
    }
    this.#counters.add('booksPublished')
    this.#mustRing = true
    return true
  }

  /** Wakes the gateways, once per turn and only when something changed. */
  ring(): void {
    if (!this.#mustRing) return
    this.#mustRing = false
    this.#board.ring()
  }
}

type MutableEmission = { -readonly [Field in keyof BookEmission]: BookEmission[Field] } & {
  bids: string[]
  asks: string[]
}
