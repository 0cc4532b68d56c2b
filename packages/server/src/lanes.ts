// Makes all shared memory of the process, once, before any thread starts. Threads may die and start again on it.

import { type CellSpec, createBoard } from '@tradelane/shared/board'
import { createClock } from '@tradelane/shared/clock'
import { createCounters } from '@tradelane/shared/counters'
import { createDepthRing, depthRingBytes } from '@tradelane/shared/depth-ring'
import { type Instrument, Kind } from '@tradelane/shared/nouns'
import { createControlBlock } from '@tradelane/shared/parking'
import { createTraces } from '@tradelane/shared/trace-layout'
import { createTradeLog } from '@tradelane/shared/trade-log'
import type { Settings } from './settings.js'
import type { Topology } from './topology.js'

export interface Lanes {
  readonly control: SharedArrayBuffer
  readonly clock: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly traces: SharedArrayBuffer
  readonly tradeLog: SharedArrayBuffer
  readonly stateBoard: SharedArrayBuffer
  /** By shard. */
  readonly depthRings: readonly SharedArrayBuffer[]
  readonly bookBoards: readonly SharedArrayBuffer[]
}

/** Room for one encoded state event. */
const STATE_CELL_BYTES = 512
/** Room for one encoded level: two decimals of 24 digits, their keys and quotes. */
const LEVEL_BYTES_MAX = 80
const BOOK_ENVELOPE_BYTES = 512

export function createLanes(settings: Settings, topology: Topology): Lanes {
  const { shards, instruments } = topology
  return {
    control: createControlBlock(topology.threads.length),
    clock: createClock(),
    counters: createCounters(topology.threads.length),
    traces: createTraces(topology.threads.length),
    tradeLog: createTradeLog(settings.wsTradesBuffer),
    stateBoard: createBoard(topology.stateCells, STATE_CELL_BYTES),
    depthRings: shards.map(() =>
      createDepthRing({ bytes: depthRingBytes(settings.wsL2Buffer), instrumentCount: instruments.length }),
    ),
    bookBoards: shards.map(shard => {
      const cells = shard.instruments.map(id => bookCell(instruments[id] as Instrument))
      return createBoard(cells, BOOK_ENVELOPE_BYTES + 2 * settings.l2Depth * LEVEL_BYTES_MAX)
    }),
  }
}

function bookCell({ id, product }: Instrument): CellSpec {
  return { kind: Kind.orderBookL2, about: Kind.orderBookL2, instrument: id, product }
}
