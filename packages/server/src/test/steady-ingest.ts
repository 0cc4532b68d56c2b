// The ingest thread for tests that judge trades: in place of venues it publishes a trade every few milliseconds, with the moment
// of its publication in its text, and reports every trade link as live.

import { parentPort, workerData } from 'node:worker_threads'
import { BoardWriter, newCellHeader } from '@tradelane/shared/lanes/board'
import { TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import { CellStatus, type InstrumentId, Kind, type ProductIndex, StatusReason } from '@tradelane/shared/market/nouns'
import type { Agent } from '@tradelane/shared/thread/agent'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { runBlocking } from '@tradelane/shared/thread/runner'
import type { IngestStart, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'

/** A trade as clients read it. */
export interface SteadyTrade {
  readonly kind: 'trade'
  readonly seq: number
  /** `MonotonicUs`. */
  readonly sentUs: number
}

const TRADE_EVERY_MS = 5
const NO_MSGPACK = new Uint8Array(0)

const start = workerData as IngestStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const bells = start.gatewayThreads.map(index => new ThreadCell(start.control, index))
const log = new TradeLogWriter(start.tradeLog, bells)
const states = new BoardWriter(start.stateBoard, bells)
for (const [cell, { kind }] of states.cells.entries()) {
  if (kind === Kind.link)
    states.publish(
      cell,
      { ...newCellHeader(), status: CellStatus.live, reason: StatusReason.connected, sinceUs: 1 },
      null,
      null,
    )
}
states.ring()

let dueUs = monotonicUs() as number
const agent: Agent = {
  doWork: () => {
    const sentUs = monotonicUs()
    if (sentUs < dueUs) return 0
    dueUs = Math.max(dueUs + TRADE_EVERY_MS * 1_000, sentUs)
    const json = JSON.stringify({ kind: 'trade', seq: log.nextSequence, sentUs } satisfies SteadyTrade)
    const [instrument, product] = [0 as InstrumentId, 0 as ProductIndex]
    log.append(
      { kind: Kind.trade, instrument, product, receivedUs: sentUs, venueUs: 1, readUs: sentUs },
      json,
      NO_MSGPACK,
    )
    log.ring()
    return 1
  },
  msToNextDeadline: () => Math.max(0, (dueUs - monotonicUs()) / 1_000),
  close: () => {},
}
supervisor.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
runBlocking([agent], new ThreadCell(start.control, start.threadIndex))
