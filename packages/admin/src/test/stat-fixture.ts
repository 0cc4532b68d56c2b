// Real lanes with a writer on each, in place of the threads of the process, and a reporter on them. Its thread is the one of the
// test. Used by this package's tests.

import { BoardWriter, type CellSpec, createBoard, newCellHeader } from '@tradelane/shared/lanes/board'
import {
  Acknowledgement,
  ClientFormat,
  type ClientRow,
  ClientTableWriter,
  createClientTable,
  newClientRow,
} from '@tradelane/shared/lanes/client-table'
import {
  createDepthRing,
  DepthRecordKind,
  DepthRingConsumer,
  DepthRingProducer,
} from '@tradelane/shared/lanes/depth-ring'
import { createTradeLog, TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import {
  type CellStatus,
  INSTRUMENT_NONE,
  type Instrument,
  type InstrumentId,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  StatusReason,
} from '@tradelane/shared/market/nouns'
import { createClock, monotonicUs } from '@tradelane/shared/thread/clock'
import { Counters, createCounters } from '@tradelane/shared/thread/counters'
import { createControlBlock, ThreadCell } from '@tradelane/shared/thread/parking'
import { publishThreadId } from '@tradelane/shared/thread/thread-watch'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import { type StatReport, StatReporter } from '../stat/stat-report.js'
import type { StatSources } from '../stat/stat-sources.js'

const PRODUCT = 0 as ProductIndex
const RING_BYTES = 1 << 16
export const GATEWAY_THREAD = 0
const RETAINED = 100

export class StatFixture {
  readonly sources: StatSources
  readonly cell: ThreadCell
  readonly counters: Counters
  readonly log: TradeLogWriter
  readonly states: BoardWriter
  readonly books: BoardWriter
  readonly producer: DepthRingProducer
  readonly consumer: DepthRingConsumer
  readonly clients: ClientTableWriter
  readonly #row: number
  reporter: StatReporter
  /** Moves the clock of the report. */
  aheadUs = 0

  constructor() {
    const instruments = ['btc', 'eth'].map(instrumentOf)
    this.sources = {
      version: '0.0.0-test',
      stream: 'teststrm',
      processStartUs: monotonicUs(),
      control: createControlBlock(1),
      clock: createClock(),
      counters: createCounters(1),
      traces: createTraces(1),
      tradeLog: createTradeLog(RETAINED),
      stateBoard: createBoard([linkCell(Kind.trade), linkCell(Kind.openInterest)], 64),
      bookBoard: createBoard(instruments.map(bookCell), 64),
      clientTable: createClientTable({ gatewayCount: 1, rowsMax: 2_000 }),
      depthRings: [createDepthRing({ bytes: RING_BYTES, instrumentCount: 2 })],
      threads: [{ role: 'gateway-0', index: GATEWAY_THREAD }],
      helperThreads: [],
      gatewayThreads: [GATEWAY_THREAD],
      products: [{ index: PRODUCT, id: 'test-linear', venue: 'test', exchange: 'Test', marketType: 'Perpetual' }],
      instruments,
    }
    this.cell = new ThreadCell(this.sources.control, GATEWAY_THREAD)
    this.cell.clearForStart()
    publishThreadId(this.cell)
    this.counters = new Counters(this.sources.counters, GATEWAY_THREAD)
    this.log = new TradeLogWriter(this.sources.tradeLog, [])
    this.states = new BoardWriter(this.sources.stateBoard, [])
    this.books = new BoardWriter(this.sources.bookBoard, [])
    const ring = this.sources.depthRings[0] as SharedArrayBuffer
    this.producer = new DepthRingProducer(ring, this.cell)
    this.consumer = new DepthRingConsumer(ring)
    this.clients = new ClientTableWriter(this.sources.clientTable, 0)
    this.#row = this.clients.take()
    this.reporter = new StatReporter(this.sources)
  }

  report(): StatReport {
    return this.reporter.report((monotonicUs() + this.aheadUs) as MonotonicUs)
  }

  trade(): void {
    const times = { receivedUs: 1, venueUs: 1, readUs: 1 }
    const record = { kind: Kind.trade, instrument: 0 as InstrumentId, product: PRODUCT, ...times }
    this.log.append(record, '{}', Buffer.from([0xc0]))
  }

  depth(frameBytes = 1_000): void {
    const frame = Buffer.alloc(frameBytes)
    this.producer.offer(DepthRecordKind.stream, 0 as InstrumentId, monotonicUs(), frame)
  }

  link(cell: number, status: CellStatus, reason: StatusReason = StatusReason.none): void {
    this.states.publish(cell, { ...newCellHeader(), status, reason, sinceUs: SINCE_US }, null, null)
  }

  book(cell: number, status: CellStatus, reason: StatusReason = StatusReason.none): void {
    this.books.publish(cell, { ...newCellHeader(), status, reason, sinceUs: SINCE_US }, null, null)
  }

  /** The row of the one client, written now. */
  client(change: Partial<ClientRow>): void {
    this.clients.write(this.#row, clientRow(change))
  }

  /** More clients, each with a row. */
  crowd(count: number, changeOf: (index: number) => Partial<ClientRow>): void {
    for (let index = 0; index < count; index += 1) this.clients.write(this.clients.take(), clientRow(changeOf(index)))
  }
}

export const SINCE_US = 1_790_000_000_000_000

function clientRow(change: Partial<ClientRow>): ClientRow {
  const nowUs = monotonicUs()
  return {
    ...newClientRow(),
    address: Uint8Array.of(192, 0, 2, 1),
    format: ClientFormat.json,
    acknowledgement: Acknowledgement.pong,
    connectedUs: nowUs,
    writtenUs: nowUs,
    minRttUs: Number.POSITIVE_INFINITY,
    ...change,
  }
}

function instrumentOf(base: string, index: number): Instrument {
  const symbol = `${base}USDT`.toUpperCase()
  const market = { product: PRODUCT, exchange: 'Test', marketType: 'Perpetual' as const }
  return { id: index as InstrumentId, ...market, base, quote: 'usdt', symbol }
}

function bookCell({ id }: Instrument): CellSpec {
  return { kind: Kind.orderBookL2, about: Kind.orderBookL2, instrument: id, product: PRODUCT }
}

function linkCell(about: Kind): CellSpec {
  return { kind: Kind.link, about, instrument: INSTRUMENT_NONE, product: PRODUCT }
}
