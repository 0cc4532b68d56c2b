// The gateway's turn as a step of a micro-benchmark: one trade from the log to every session, whose sockets only count.

import { BoardSet } from '@tradelane/gateway/board-set'
import { PriorityMerge } from '@tradelane/gateway/priority-merge'
import { newSessionCounts, Session } from '@tradelane/gateway/session'
import { createBoard } from '@tradelane/shared/lanes/board'
import { createTradeLog, TradeLogReader, TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import { Kind } from '@tradelane/shared/market/nouns'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { Counters, createCounters } from '@tradelane/shared/thread/counters'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import { createControlBlock, ThreadCell } from '@tradelane/shared/thread/parking'
import { encodeTrade, packTrade } from '@tradelane/shared/wire/encode-trade'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import type { Bench } from 'tinybench'
import { BTC, exampleTrade, RECEIVED_US } from './example-market.js'

const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export function addTurn(bench: Bench, sessionCount: number): void {
  const log = createTradeLog(10_000)
  const writer = new TradeLogWriter(log, [new ThreadCell(createControlBlock(1), 0)])
  const boards = new BoardSet([createBoard([TOP], 512)], [], [BTC])
  const merge = new PriorityMerge({
    log: new TradeLogReader(log),
    boards,
    stream: 'benchmrk',
    counters: new Counters(createCounters(1), 0),
    limitedLog: new RateLimitedLog(SILENT),
    nowMs: () => performance.now(),
  })
  for (let index = 0; index < sessionCount; index += 1) merge.add(createSession(boards))
  const wire = new InstrumentWire(BTC)
  const trade = exampleTrade(monotonicUs())
  const json = encodeTrade(trade, wire, 1, RECEIVED_US)
  const packed = Buffer.from(packTrade(trade, wire, 1, RECEIVED_US))
  bench.add(`turn: one trade to ${sessionCount} client(s), without the sockets`, () => {
    writer.append(TRADE_RECORD, json, packed)
    merge.doWork()
  })
}

const TOP = { kind: Kind.orderBookL1, about: Kind.orderBookL1, instrument: BTC.id, product: BTC.product }

export const TRADE_RECORD = {
  kind: Kind.trade,
  instrument: BTC.id,
  product: BTC.product,
  receivedUs: 1,
  venueUs: 1,
  readUs: 1,
}

/** Its socket answers every ping at once, so that its bytes are acknowledged. */
function createSession(boards: BoardSet): Session {
  let session: Session | undefined
  const socket = {
    send: () => 1,
    ping: (payload: Buffer) => {
      session?.credit.onPong(Buffer.from(payload), performance.now())
      return 1
    },
    cork: (work: () => void) => work(),
    end: ignore,
    close: ignore,
    getBufferedAmount: () => 0,
  } as unknown as ConstructorParameters<typeof Session>[0]['socket']
  session = new Session({
    socket,
    address: 'nowhere',
    isPacked: false,
    cursor: 1,
    boards,
    counts: newSessionCounts(),
    nowMs: () => performance.now(),
  })
  return session
}

function ignore(): void {}
