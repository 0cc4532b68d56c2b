// The lanes of a gateway, written by the test in place of ingest and L2 workers.

import assert from 'node:assert/strict'
import { BoardWriter, type CellHeader, type CellSpec, createBoard } from '@tradelane/shared/lanes/board'
import { createClientTable } from '@tradelane/shared/lanes/client-table'
import { writeFirstStatus } from '@tradelane/shared/lanes/first-status'
import { createTradeLog, TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import {
  CellStatus,
  INSTRUMENT_NONE,
  type Instrument,
  type InstrumentId,
  Kind,
  type ProductIndex,
  type ProductLabel,
  StatusReason,
  type WallUs,
} from '@tradelane/shared/market/nouns'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { createControlBlock, ThreadCell } from '@tradelane/shared/thread/parking'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import { packTransient } from '@tradelane/shared/wire/msgpack'

export const STREAM = 'teststrm'
export const PRODUCT: ProductLabel = {
  index: 0 as ProductIndex,
  id: 'test-linear',
  venue: 'test',
  exchange: 'TestPerpetuals',
  marketType: 'Perpetual',
}
/** When this process started. */
export const START_US = 1_790_000_000_000_000 as WallUs
const BOOK_BYTES = 16 * 1024

export class TestLanes {
  readonly control: SharedArrayBuffer
  /** One for every thread that reads the lanes. */
  readonly cells: readonly ThreadCell[]
  readonly cell: ThreadCell
  readonly instruments: readonly Instrument[]
  /** Of every reader, then of the writer. */
  readonly traces: SharedArrayBuffer
  readonly tradeLog: SharedArrayBuffer
  readonly stateBoard: SharedArrayBuffer
  readonly bookBoard: SharedArrayBuffer
  readonly clientTable: SharedArrayBuffer
  log: TradeLogWriter
  readonly states: BoardWriter
  readonly books: BoardWriter
  /** Receive time of what is published next. */
  receivedUs = 1

  constructor(options: { instrumentCount?: number; retained?: number; readerCount?: number; clientRowsMax?: number }) {
    const readerCount = options.readerCount ?? 1
    this.control = createControlBlock(readerCount)
    this.cells = Array.from({ length: readerCount }, (_, index) => new ThreadCell(this.control, index))
    this.cell = this.cells[0] as ThreadCell
    this.traces = createTraces(readerCount + 1)
    this.instruments = Array.from({ length: options.instrumentCount ?? 2 }, (_, index) => instrumentOf(index))
    const stateCells = this.instruments.map(({ id }) => cellOf(Kind.orderBookL1, id))
    const linkCell = { kind: Kind.link, about: Kind.trade, instrument: INSTRUMENT_NONE, product: PRODUCT.index }
    this.tradeLog = createTradeLog(options.retained ?? 1_000)
    this.stateBoard = createBoard([...stateCells, linkCell], 512)
    this.bookBoard = createBoard(
      this.instruments.map(({ id }) => cellOf(Kind.orderBookL2, id)),
      BOOK_BYTES,
    )
    this.clientTable = createClientTable({ gatewayCount: readerCount, rowsMax: options.clientRowsMax ?? 100 })
    for (const board of [this.stateBoard, this.bookBoard]) writeFirstStatus(board, START_US)
    this.log = new TradeLogWriter(this.tradeLog, this.cells)
    this.states = new BoardWriter(this.stateBoard, this.cells)
    this.books = new BoardWriter(this.bookBoard, this.cells)
  }

  /** A new writer takes over the same log, as after a restart of ingest. */
  restartIngest(): void {
    this.log = new TradeLogWriter(this.tradeLog, this.cells)
  }

  /** Sequence of the newest trade. */
  get newest(): number {
    return this.log.nextSequence - 1
  }

  publishTrade(index = 0, text = '', readUs = monotonicUs()): number {
    const sequence = this.log.nextSequence
    const instrument = this.instruments[index] as Instrument
    const record = {
      kind: Kind.trade,
      instrument: instrument.id,
      product: PRODUCT.index,
      receivedUs: this.receivedUs,
      venueUs: 1,
      readUs,
    }
    const json = JSON.stringify({ kind: 'trade', base: instrument.base, seq: sequence, text })
    assert.ok(this.log.append(record, json, packTransient({ kind: 'trade', seq: sequence })))
    this.log.ring()
    return sequence
  }

  publishTop(index: number, version: number, text = ''): void {
    const cell = this.states.find(Kind.orderBookL1, index as InstrumentId)
    const json = JSON.stringify({ kind: 'order_book_l1', index, version, text })
    this.states.publish(cell, this.#header(CellStatus.live), json, null)
    this.states.ring()
  }

  setLink(isLive: boolean): void {
    const cell = this.states.findLink(PRODUCT.index, Kind.trade)
    const header = isLive
      ? this.#header(CellStatus.live, StatusReason.connected)
      : this.#header(CellStatus.down, StatusReason.disconnected)
    this.states.publish(cell, header, null, null)
    this.states.ring()
  }

  /** `bytes`: about the size of the frame. `fields`: additional ones. */
  publishBook(index: number, version: number, bytes = 200, fields: object = {}): void {
    const fill = 'x'.repeat(Math.max(0, bytes - 60))
    const json = JSON.stringify({ kind: 'order_book_l2', index, version, ...fields, fill })
    const packed = packTransient({ kind: 'order_book_l2', index, version })
    this.books.publish(index, this.#header(CellStatus.live), json, packed)
    this.books.ring()
  }

  withholdBook(index: number): void {
    this.books.publish(index, this.#header(CellStatus.stale, StatusReason.sequenceGap), null, null)
    this.books.ring()
  }

  #header(status: CellStatus, reason: StatusReason = StatusReason.exact): CellHeader {
    return { status, reason, sinceUs: START_US + 1, receivedUs: this.receivedUs, venueUs: 1, sequence: 1 }
  }
}

function instrumentOf(index: number): Instrument {
  const base = `coin${index}`
  return {
    id: index as InstrumentId,
    product: PRODUCT.index,
    exchange: PRODUCT.exchange,
    marketType: PRODUCT.marketType,
    base,
    quote: 'usdt',
    symbol: `${base}USDT`.toUpperCase(),
  }
}

function cellOf(kind: Kind, instrument: InstrumentId): CellSpec {
  return { kind, about: kind, instrument, product: PRODUCT.index }
}
