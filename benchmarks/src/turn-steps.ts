// The gateway's turn as a step of a micro-benchmark: one trade from the log, or one top from a board, to every session, whose
// sockets only count.

import { BoardSet } from '@tradelane/gateway/board-set'
import { Chores } from '@tradelane/gateway/chores'
import { Looks } from '@tradelane/gateway/looks'
import { PriorityMerge } from '@tradelane/gateway/priority-merge'
import { newSessionCounts, Session } from '@tradelane/gateway/session'
import { SessionRing } from '@tradelane/gateway/session-ring'
import { BoardWriter, createBoard, newCellHeader } from '@tradelane/shared/lanes/board'
import { createTradeLog, TradeLogReader, TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import { CellStatus, Kind } from '@tradelane/shared/market/nouns'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { Counters, createCounters } from '@tradelane/shared/thread/counters'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import { encodeTrade, packTrade } from '@tradelane/shared/wire/encode-trade'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import type { Bench } from 'tinybench'
import { BTC, exampleTrade, RECEIVED_US } from './example-market.js'

const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export function addTurn(bench: Bench, sessionCount: number): void {
  const { log, merge, answer } = createGateway(sessionCount)
  const writer = new TradeLogWriter(log, [])
  const wire = new InstrumentWire(BTC)
  const trade = exampleTrade(monotonicUs())
  const json = encodeTrade(trade, wire, 1, RECEIVED_US)
  const packed = Buffer.from(packTrade(trade, wire, 1, RECEIVED_US))
  bench.add(`turn: one trade to ${sessionCount} client(s), without the sockets`, () => {
    writer.append(TRADE_RECORD, json, packed)
    merge.doWork()
    answer()
  })
}

/** All turns that it takes. */
export function addPump(bench: Bench, sessionCount: number): void {
  const { board, merge, answer } = createGateway(sessionCount)
  const writer = new BoardWriter(board, [])
  const header = { ...newCellHeader(), status: CellStatus.live }
  const top = 'x'.repeat(300)
  bench.add(`turns: one top to ${sessionCount} client(s), without the sockets`, () => {
    writer.publish(0, header, top, null)
    while (merge.doWork() > 0);
    answer()
  })
}

function createGateway(sessionCount: number) {
  const log = createTradeLog(10_000)
  const board = createBoard([TOP], 512)
  const boards = new BoardSet([board], [], [BTC])
  const reader = new TradeLogReader(log)
  const merge = new PriorityMerge({
    log: reader,
    boards,
    sessions: new SessionRing(),
    looks: new Looks(reader, () => performance.now()),
    chores: new Chores(),
    stream: 'benchmrk',
    counters: new Counters(createCounters(1), 0),
    limitedLog: new RateLimitedLog(SILENT),
    nowMs: () => performance.now(),
  })
  const clients = Array.from({ length: sessionCount }, () => createClient(boards))
  for (const { session } of clients) merge.add(session)
  const answer = (): void => {
    for (const client of clients) client.answer()
  }
  return { log, board, merge, answer }
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

/** `answer` its newest ping, so that its bytes are acknowledged. */
function createClient(boards: BoardSet): { session: Session; answer: () => void } {
  let ping: Buffer | undefined
  const socket = {
    send: () => 1,
    ping: (payload: Buffer) => {
      ping = Buffer.from(payload)
      return 1
    },
    cork: (work: () => void) => work(),
    end: ignore,
    close: ignore,
    getBufferedAmount: () => 0,
  } as unknown as ConstructorParameters<typeof Session>[0]['socket']
  const session = new Session({
    socket,
    address: 'nowhere',
    isPacked: false,
    cursor: 1,
    boards,
    counts: newSessionCounts(),
    nowMs: () => performance.now(),
  })
  const answer = (): void => {
    if (ping === undefined) return
    const payload = ping
    ping = undefined
    session.credit.onPong(payload, performance.now())
  }
  return { session, answer }
}

function ignore(): void {}
