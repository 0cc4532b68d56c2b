// Warms a gateway up, see `shared/thread/warm-up.ts`: another gateway on lanes of its own, with clients on a loopback port, sends
// them records and cells as they come in service, one bell at a time. It ends before the port of the real one opens.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { BoardWriter, type CellHeader, type CellSpec, newCellHeader } from '@tradelane/shared/lanes/board'
import { createClientTable } from '@tradelane/shared/lanes/client-table'
import { createTradeLog, TradeLogWriter, type TradeRecord } from '@tradelane/shared/lanes/trade-log'
import { CellStatus, type Instrument, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { Counters, readThreadCounters } from '@tradelane/shared/thread/counters'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { runEvented } from '@tradelane/shared/thread/runner'
import type { GatewayStart } from '@tradelane/shared/thread/thread-messages'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { copyOfMemory, guardWarmUp, SILENT_LOG, type WarmUpLimits, warmUpStart } from '@tradelane/shared/thread/warm-up'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { Gateway } from './gateway.js'
import type { NewMerge } from './merge.js'
import { SampleClient } from './sample-client.js'
import { loadUws } from './uws.js'

const CLIENTS = 8
/** One of them reads MessagePack. */
const QUERIES = ['?format=msgpack']
/** After so many rounds everything is compiled. */
const ROUNDS_MAX = 4_000
/** The least of any trade log. */
const RECORDS = 1
const CLOSING_TURNS_MAX = 100
const TRADE_JSON_BYTES = 330
const STATE_JSON_BYTES = 300
const BOOK_JSON_BYTES = 6_000
/** Of the cells of books, as of those of state, one is published in so many rounds. */
const ROUNDS_PER_BOOK = 4

/** Resolves to the number of frames that it sent. */
export async function warmUp(start: GatewayStart, newMerge: NewMerge, { ms, isOver }: WarmUpLimits): Promise<number> {
  return await guardWarmUp(ms, () => (isOver() ? 0 : run(start, newMerge, ms, isOver)))
}

async function run(start: GatewayStart, newMerge: NewMerge, ms: number, isOver: () => boolean): Promise<number> {
  const untilMs = performance.now() + ms
  const own = ownStart(start)
  const gateway = new Gateway(own, {
    uws: loadUws(),
    log: SILENT_LOG,
    newMerge,
    timers: systemTimers,
    nowUs: monotonicUs,
    postLateTrades: () => {},
  })
  // As for the real one: open native handles would abort the process.
  const closeNow = (): void => gateway.closeNow()
  process.once('exit', closeNow)
  const clients: SampleClient[] = []
  try {
    const port = gateway.listen()
    for (let client = 0; client < CLIENTS; client += 1) clients.push(new SampleClient(port, QUERIES[client] ?? ''))
    await serve(own, gateway, clients, () => performance.now() > untilMs || isOver())
    return readThreadCounters(own.counters, own.threadIndex).framesSent
  } finally {
    for (const client of clients) void client.close()
    gateway.closeNow()
    process.off('exit', closeNow)
  }
}

function ownStart(start: GatewayStart): GatewayStart {
  const gatewayCount = start.gateway + 1
  return {
    ...warmUpStart(start),
    admission: createAdmission(gatewayCount, CLIENTS),
    clientTable: createClientTable({ gatewayCount, rowsMax: CLIENTS }),
    clientsMax: CLIENTS,
    clientsPerIpMax: CLIENTS,
    host: '127.0.0.1',
    port: 0,
    isExclusive: true,
    tradeLog: createTradeLog(RECORDS),
    stateBoard: copyOfMemory(start.stateBoard),
    bookBoard: copyOfMemory(start.bookBoard),
    access: { tokenDigest: null, allowedOrigins: [] },
    certificate: null,
  }
}

async function serve(
  start: GatewayStart,
  gateway: Gateway,
  clients: readonly SampleClient[],
  isOver: () => boolean,
): Promise<void> {
  const cell = new ThreadCell(start.control, start.threadIndex)
  const activities = new ActivityRing(start.traces, start.threadIndex)
  const counters = new Counters(start.counters, start.threadIndex)
  let onStopped = (): void => {}
  const stopped = new Promise<void>(resolve => {
    onStopped = resolve
  })
  const evented = runEvented([gateway.merge], cell, { activities, counters, onStopped })
  gateway.onWake(() => evented.wake())
  const producer = new SampleProducer(start, cell)
  for (let round = 1; round <= ROUNDS_MAX && !isOver(); round += 1) {
    producer.produce(round)
    await nextTurn()
  }
  await Promise.all(clients.map(client => client.close()))
  // A gateway that closes gives those that it still has time to read why.
  for (let turn = 0; turn < CLOSING_TURNS_MAX && gateway.clientCount > 0; turn += 1) await nextTurn()
  cell.requestStop()
  await stopped
}

/** Writes what ingest and a shard would. */
class SampleProducer {
  readonly #trades: TradeLogWriter
  readonly #boards: readonly {
    readonly writer: BoardWriter
    readonly cells: readonly number[]
    readonly json: string
  }[]
  readonly #trade: TradeRecord
  readonly #header: CellHeader = { ...newCellHeader(), status: CellStatus.live, reason: StatusReason.exact }
  readonly #json = textOf(TRADE_JSON_BYTES)
  readonly #packed = Buffer.from(this.#json)

  constructor({ tradeLog, stateBoard, bookBoard, instruments }: GatewayStart, cell: ThreadCell) {
    this.#trades = new TradeLogWriter(tradeLog, [cell])
    const { id: instrument, product } = instruments[0] as Instrument
    this.#trade = { kind: Kind.trade, instrument, product, receivedUs: 0, venueUs: 0, readUs: 0 }
    this.#boards = [
      { memory: stateBoard, jsonBytes: STATE_JSON_BYTES },
      { memory: bookBoard, jsonBytes: BOOK_JSON_BYTES },
    ].map(({ memory, jsonBytes }) => {
      const writer = new BoardWriter(memory, [cell])
      const cells = [...writer.cells.keys()].filter(index => isPublished(writer.cells[index]))
      return { writer, cells, json: textOf(jsonBytes) }
    })
  }

  produce(round: number): void {
    const nowUs = monotonicUs()
    const trade = this.#trade
    trade.receivedUs = nowUs
    trade.venueUs = nowUs
    trade.readUs = nowUs
    this.#trades.append(trade, this.#json, this.#packed)
    this.#header.receivedUs = nowUs
    this.#header.sinceUs = nowUs
    for (const [index, { writer, cells, json }] of this.#boards.entries()) {
      const [cell] = cells.slice(round % cells.length)
      if (cell === undefined || (index > 0 && round % ROUNDS_PER_BOOK > 0)) continue
      writer.publish(cell, this.#header, json, null)
      writer.ring()
    }
    this.#trades.ring()
  }
}

function isPublished(spec: CellSpec | undefined): boolean {
  return spec !== undefined && spec.kind !== Kind.link && spec.kind !== Kind.subscription
}

/** Gateways do not look into frames. */
function textOf(bytes: number): string {
  return `{"data":"${'0'.repeat(bytes)}"}`
}
