// The start message of a shard with a market of every dialect, and the memory of its lanes.

import { createBoard } from '@tradelane/shared/lanes/board'
import { createDepthRing } from '@tradelane/shared/lanes/depth-ring'
import { writeFirstStatus } from '@tradelane/shared/lanes/first-status'
import {
  type Instrument,
  type InstrumentId,
  Kind,
  type ProductIndex,
  type ProductLabel,
  type WallUs,
} from '@tradelane/shared/market/nouns'
import { Clock, createClock } from '@tradelane/shared/thread/clock'
import { createCounters } from '@tradelane/shared/thread/counters'
import { createControlBlock } from '@tradelane/shared/thread/parking'
import type { L2Start } from '@tradelane/shared/thread/thread-messages'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import { DIALECTS, type Dialect } from './true-market.js'

/** Levels a side. */
export const LEVEL_COUNT = 50
export const THROTTLE_MS = 20
export const GATEWAY_THREAD = 0
export const WORKER_THREAD = 1

export function newShardStart(startUs?: WallUs, clock = createClock()): L2Start {
  const instruments = DIALECTS.map(instrumentOf)
  const cells = instruments.map(({ id, product }) => ({
    kind: Kind.orderBookL2,
    instrument: id,
    product,
    about: Kind.orderBookL2,
  }))
  const bookBoard = createBoard(cells, 16_384)
  writeFirstStatus(bookBoard, startUs ?? new Clock(clock).wallUs())
  return {
    role: 'l2-0',
    threadIndex: WORKER_THREAD,
    control: createControlBlock(2),
    clock,
    counters: createCounters(2),
    warmUpMs: 0,
    traces: createTraces(2),
    products: DIALECTS.map(labelOf),
    instruments,
    shard: 0,
    depthRing: createDepthRing({ bytes: 1 << 24, instrumentCount: instruments.length }),
    bookBoard,
    books: instruments.map(({ id }) => ({ instrument: id, throttleMs: THROTTLE_MS })),
    depthLevels: LEVEL_COUNT,
    gatewayThreads: [GATEWAY_THREAD],
    nice: 10,
    sizeUnits: 'venue',
  }
}

/** Whether snapshots are asked for by REST. */
export function isRest(index: number): boolean {
  return DIALECTS[index]?.startsWith('binance') ?? false
}

function labelOf(id: Dialect, index: number): ProductLabel {
  return { index: index as ProductIndex, id, venue: id.split('-')[0]!, exchange: id, marketType: 'Perpetual' }
}

function instrumentOf(exchange: Dialect, index: number): Instrument {
  return {
    id: index as InstrumentId,
    product: index as ProductIndex,
    exchange,
    marketType: 'Perpetual',
    base: 'btc',
    quote: 'usdt',
    symbol: 'BTCUSDT',
  }
}
