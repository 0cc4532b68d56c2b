// Creates all shared memory of the process before any thread starts. Threads may exit and restart on it; only the depth rings
// are replaced when the number of L2 workers changes.

import { type CellSpec, createBoard } from '@tradelane/shared/lanes/board'
import { createClientTable } from '@tradelane/shared/lanes/client-table'
import { createDepthRing, depthRingBytes } from '@tradelane/shared/lanes/depth-ring'
import { writeFirstStatus } from '@tradelane/shared/lanes/first-status'
import { createTradeLog } from '@tradelane/shared/lanes/trade-log'
import { type Instrument, Kind, type WallUs } from '@tradelane/shared/market/nouns'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import { Clock, createClock } from '@tradelane/shared/thread/clock'
import { THREADS_MAX } from '@tradelane/shared/thread/control-layout'
import { createCounters } from '@tradelane/shared/thread/counters'
import { createControlBlock } from '@tradelane/shared/thread/parking'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import type { Settings } from './settings.js'
import type { Topology } from './topology.js'

export interface Lanes {
  readonly control: SharedArrayBuffer
  readonly clock: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly traces: SharedArrayBuffer
  readonly admission: SharedArrayBuffer
  readonly tradeLog: SharedArrayBuffer
  readonly stateBoard: SharedArrayBuffer
  readonly bookBoard: SharedArrayBuffer
  readonly clientTable: SharedArrayBuffer
  /** By shard. */
  readonly depthRings: readonly SharedArrayBuffer[]
}

/** Room for one encoded state event. */
const STATE_CELL_BYTES = 512
/** Room for one encoded level: two decimals of 24 digits, their keys and quotes. */
const LEVEL_BYTES_MAX = 80
const BOOK_ENVELOPE_BYTES = 512

/** When the process started, and the clock by which it did. */
export interface ProcessStart {
  readonly clock: SharedArrayBuffer
  readonly startUs: WallUs
}

export function createLanes(settings: Settings, topology: Topology, { clock, startUs } = startNow()): Lanes {
  const books = topology.shards.flatMap(shard => shard.instruments).sort((left, right) => left - right)
  const stateBoard = createBoard(topology.stateCells, STATE_CELL_BYTES)
  const bookBoard = createBoard(
    books.map(id => bookCell(topology.instruments[id] as Instrument)),
    BOOK_ENVELOPE_BYTES + 2 * settings.l2Depth * LEVEL_BYTES_MAX,
  )
  for (const board of [stateBoard, bookBoard]) writeFirstStatus(board, startUs)
  return {
    // For the maximum of threads: the number of L2 workers changes while the others run.
    control: createControlBlock(THREADS_MAX),
    clock,
    counters: createCounters(THREADS_MAX),
    traces: createTraces(THREADS_MAX, topology.products.length),
    admission: createAdmission(settings.gateways, settings.clientsMax),
    tradeLog: createTradeLog(settings.wsTradesBuffer),
    stateBoard,
    bookBoard,
    clientTable: createClientTable({ gatewayCount: Math.max(1, settings.gateways), rowsMax: settings.clientsMax }),
    depthRings: createDepthRings(settings, topology),
  }
}

function startNow(): ProcessStart {
  const clock = createClock()
  return { clock, startUs: new Clock(clock).wallUs() }
}

/** One per shard. Resharding replaces them, so that no worker reads a frame of an earlier sharding. */
export function createDepthRings({ wsL2Buffer }: Settings, topology: Topology): readonly SharedArrayBuffer[] {
  const [bytes, instrumentCount] = [depthRingBytes(wsL2Buffer), topology.instruments.length]
  return topology.shards.map(() => createDepthRing({ bytes, instrumentCount }))
}

function bookCell({ id, product }: Instrument): CellSpec {
  return { kind: Kind.orderBookL2, about: Kind.orderBookL2, instrument: id, product }
}
