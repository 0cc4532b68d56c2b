// The lanes that ingest writes, real shared memory with a reader on every end, and the instruments of two products. Used by
// this package's tests.

import { type CellSpec, createBoard } from '@tradelane/shared/lanes/board'
import type { CellCopy } from '@tradelane/shared/lanes/board-reader'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { createDepthRing, DepthRingConsumer, DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { writeFirstStatus } from '@tradelane/shared/lanes/first-status'
import { createTradeLog, TradeBatch, TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import {
  INSTRUMENT_NONE,
  type Instrument,
  type InstrumentId,
  Kind,
  type ProductIndex,
  type ProductLabel,
  SUBSCRIBED_KINDS,
} from '@tradelane/shared/market/nouns'
import { Clock, createClock } from '@tradelane/shared/thread/clock'
import { Counters, createCounters, readThreadCounters } from '@tradelane/shared/thread/counters'
import type { CounterName } from '@tradelane/shared/thread/metric-table'
import { createControlBlock, ThreadCell } from '@tradelane/shared/thread/parking'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { HopHistograms } from '@tradelane/shared/trace/hop-histograms'
import { createTraces } from '@tradelane/shared/trace/trace-layout'

export const BINANCE = 0 as ProductIndex
export const BYBIT = 1 as ProductIndex
export const STREAM = 'teststrm'

export const PRODUCT_LABELS: readonly ProductLabel[] = [
  {
    index: BINANCE,
    id: 'binance-futures',
    venue: 'binance',
    exchange: 'BinanceFuturesUsd',
    marketType: 'Perpetual',
  },
  { index: BYBIT, id: 'bybit-linear', venue: 'bybit', exchange: 'BybitPerpetualsUsd', marketType: 'Perpetual' },
]

/** BTC and ETH on Binance (ids 0, 1), then on Bybit (2, 3). */
export const INSTRUMENTS: readonly Instrument[] = PRODUCT_LABELS.flatMap(({ index, exchange }) =>
  ['btc', 'eth'].map((base, rank) => ({
    id: (index * 2 + rank) as InstrumentId,
    product: index,
    exchange,
    marketType: 'Perpetual' as const,
    base,
    quote: 'usdt',
    symbol: `${base}usdt`.toUpperCase(),
  })),
)
export const [BTC, ETH, BYBIT_BTC, BYBIT_ETH] = INSTRUMENTS as [Instrument, Instrument, Instrument, Instrument]

/** A record of the trade log as a client reads it. */
export interface LoggedRecord {
  readonly sequence: number
  readonly kind: Kind
  readonly instrument: InstrumentId
  readonly receivedUs: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any field of it
  readonly json: any
}

const INGEST_THREAD = 0
const GATEWAY_THREAD = 1
const SHARD_THREAD = 2

export class TestLanes {
  readonly control = createControlBlock(3)
  readonly gateway = new ThreadCell(this.control, GATEWAY_THREAD)
  readonly shard = new ThreadCell(this.control, SHARD_THREAD)
  readonly clockMemory = createClock()
  readonly clock = new Clock(this.clockMemory)
  readonly startUs = this.clock.wallUs()
  readonly countersMemory = createCounters(3)
  readonly counters = new Counters(this.countersMemory, INGEST_THREAD)
  readonly traces = createTraces(3, PRODUCT_LABELS.length)
  readonly activities = new ActivityRing(this.traces, INGEST_THREAD)
  readonly hops = new HopHistograms(this.traces, INGEST_THREAD)
  readonly tradeLog: SharedArrayBuffer
  readonly stateBoard: SharedArrayBuffer
  readonly depthRing: SharedArrayBuffer
  readonly #log: TradeLogReader
  readonly #board: BoardReader
  #next = 1

  constructor(options: { ringBytes?: number; retained?: number } = {}) {
    this.tradeLog = createTradeLog(options.retained ?? 1_000)
    this.stateBoard = createBoard(stateCells(), 512)
    writeFirstStatus(this.stateBoard, this.startUs)
    this.depthRing = createDepthRing({ bytes: options.ringBytes ?? 1 << 20, instrumentCount: INSTRUMENTS.length })
    this.#log = new TradeLogReader(this.tradeLog)
    this.#board = new BoardReader(this.stateBoard)
  }

  count(name: CounterName): number {
    return readThreadCounters(this.countersMemory, INGEST_THREAD)[name]
  }

  /** What came into the trade log since the last call. */
  takeRecords(): LoggedRecord[] {
    const records: LoggedRecord[] = []
    const batch = new TradeBatch()
    for (;;) {
      this.#next = this.#log.read(this.#next, batch, batch.capacity)
      if (batch.count === 0) return records
      for (let index = 0; index < batch.count; index += 1) {
        records.push({
          sequence: batch.sequence[index] as number,
          kind: batch.kind[index] as Kind,
          instrument: batch.instrument[index] as InstrumentId,
          receivedUs: batch.receivedUs[index] as number,
          json: JSON.parse(Buffer.from(batch.json[index] as Uint8Array).toString('latin1')),
        })
      }
    }
  }

  /** The newest copy of a cell. */
  state(kind: Kind, instrument: Instrument): CellCopy {
    return this.#cell(cell => cell.kind === kind && cell.instrument === instrument.id)
  }

  link(product: ProductIndex, about: Kind): CellCopy {
    return this.#cell(cell => cell.kind === Kind.link && cell.product === product && cell.about === about)
  }

  subscription(instrument: Instrument, about: Kind): CellCopy {
    return this.#cell(
      cell => cell.kind === Kind.subscription && cell.instrument === instrument.id && cell.about === about,
    )
  }

  producer(): DepthRingProducer {
    return new DepthRingProducer(this.depthRing, this.shard)
  }

  consumer(): DepthRingConsumer {
    return new DepthRingConsumer(this.depthRing)
  }

  #cell(isWanted: (cell: CellSpec) => boolean): CellCopy {
    this.#board.scan([])
    return this.#board.copies[this.#board.cells.findIndex(isWanted)] as CellCopy
  }
}

export function jsonOf(cell: CellCopy): Record<string, unknown> {
  return JSON.parse(Buffer.from(cell.json).toString('latin1'))
}

function stateCells(): CellSpec[] {
  const kinds = [Kind.orderBookL1, Kind.openInterest, Kind.cumulativeVolumeDelta]
  const states = INSTRUMENTS.flatMap(({ id, product }) =>
    kinds.map(kind => ({ kind, about: kind, instrument: id, product })),
  )
  const links = PRODUCT_LABELS.flatMap(({ index }) =>
    SUBSCRIBED_KINDS.map(about => ({ kind: Kind.link, about, instrument: INSTRUMENT_NONE, product: index })),
  )
  const subscriptions = INSTRUMENTS.flatMap(({ id, product }) =>
    SUBSCRIBED_KINDS.filter(about => about !== Kind.orderBookL2).map(about => ({
      kind: Kind.subscription,
      about,
      instrument: id,
      product,
    })),
  )
  return [...states, ...links, ...subscriptions]
}
