// An admin agent on real sockets, with lanes that the test writes and a clock that the test moves.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { BoardWriter, createBoard, newCellHeader } from '@tradelane/shared/lanes/board'
import { createClientTable } from '@tradelane/shared/lanes/client-table'
import { createTradeLog } from '@tradelane/shared/lanes/trade-log'
import {
  CellStatus,
  INSTRUMENT_NONE,
  type Instrument,
  type InstrumentId,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  type ProductLabel,
} from '@tradelane/shared/market/nouns'
import { createClock } from '@tradelane/shared/thread/clock'
import { createCounters, readCounters } from '@tradelane/shared/thread/counters'
import type { Log } from '@tradelane/shared/thread/log'
import { createControlBlock, ThreadCell, ThreadState } from '@tradelane/shared/thread/parking'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import type { AdminStart } from '@tradelane/shared/thread/thread-messages'
import { createTraces } from '@tradelane/shared/trace/trace-layout'
import { AdminAgent } from '../admin-agent.js'

export const PRODUCT: ProductLabel = {
  index: 0 as ProductIndex,
  id: 'test-linear',
  venue: 'test',
  exchange: 'TestPerpetuals',
  marketType: 'Perpetual',
}
const INSTRUMENT: Instrument = {
  id: 0 as InstrumentId,
  product: PRODUCT.index,
  exchange: PRODUCT.exchange,
  marketType: PRODUCT.marketType,
  base: 'coin',
  quote: 'usdt',
  symbol: 'COINUSDT',
}
const THREADS = ['ingest', 'gateway-0', 'gateway-1', 'admin', 'l2-0'].map((role, index) => ({ role, index }))
const START_MS = 100_000

export function newAdminStart(more: Partial<AdminStart> = {}): AdminStart {
  const control = createControlBlock(THREADS.length)
  for (const { index } of THREADS) new ThreadCell(control, index).setState(ThreadState.running)
  const linkCell = { kind: Kind.link, about: Kind.trade, instrument: INSTRUMENT_NONE, product: PRODUCT.index }
  return {
    role: 'admin',
    threadIndex: 3,
    control,
    clock: createClock(),
    counters: createCounters(THREADS.length),
    warmUpMs: 0,
    traces: createTraces(THREADS.length),
    products: [PRODUCT],
    instruments: [INSTRUMENT],
    host: '127.0.0.1',
    port: 0,
    hostNames: ['127.0.0.1'],
    access: { tokenDigest: null, allowedOrigins: [] },
    certificate: null,
    nice: 0,
    threads: THREADS,
    ingestThread: 0,
    helperThreads: [],
    gatewayThreads: [1, 2],
    tradeLog: createTradeLog(1_000),
    stateBoard: createBoard([linkCell], 512),
    bookBoard: createBoard([], 512),
    depthRings: [],
    clientTable: createClientTable({ gatewayCount: 2, rowsMax: 10 }),
    stream: 'teststrm',
    version: '0.0.0-test',
    processStartUs: (START_MS * 1_000) as MonotonicUs,
    gateway: { host: '127.0.0.1', port: 9001, isTls: false },
    naivePort: null,
    ...more,
  }
}

export function setTradeLink({ stateBoard }: Pick<AdminStart, 'stateBoard'>, status: CellStatus): void {
  new BoardWriter(stateBoard, []).publish(0, { ...newCellHeader(), status, sinceUs: 1 }, null, null)
}

export class AdminUnderTest {
  readonly start: AdminStart
  readonly agent: AdminAgent
  readonly timers = new VirtualTimers(START_MS)
  readonly lines: string[] = []
  readonly ports: number[] = []

  constructor(t: TestContext, more: Partial<AdminStart> = {}) {
    this.start = newAdminStart(more)
    setTradeLink(this.start, CellStatus.live)
    const write =
      (level: string): Log['info'] =>
      (message, fields) =>
        void this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
    this.agent = new AdminAgent(this.start, {
      log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
      timers: this.timers,
      nowUs: () => (this.timers.nowMs * 1_000) as MonotonicUs,
      onListening: port => this.ports.push(port),
    })
    t.after(() => this.agent.close())
  }

  static async listening(t: TestContext, more: Partial<AdminStart> = {}): Promise<AdminUnderTest> {
    const admin = new AdminUnderTest(t, more)
    await until(() => admin.ports.length === 1, 'it listens')
    return admin
  }

  get port(): number {
    return this.ports.at(-1) ?? assert.fail('it does not listen')
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.start.counters)
  }

  cell(index: number): ThreadCell {
    return new ThreadCell(this.start.control, index)
  }

  /** Time passes, and the runner turns. */
  pass(ms: number): void {
    this.timers.runUntil(this.timers.nowMs + ms)
    while (this.agent.doWork() > 0);
  }

  /** The status, the headers in lower case, the body. */
  async request(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, init)
    return { status: response.status, headers: response.headers, body: await response.text() }
  }

  async connect(): Promise<RawHttp> {
    const socket = connect(this.port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawHttp(socket)
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** A connection of which the test writes every byte. */
export class RawHttp {
  readonly socket: Socket
  text = ''
  isClosed = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', data => {
      this.text += data.toString('latin1')
    })
    socket.once('close', () => {
      this.isClosed = true
    })
  }

  /** Of the answers so far. */
  get statuses(): readonly number[] {
    return [...this.text.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(match => Number(match[1]))
  }

  send(text: string): void {
    this.socket.write(text)
  }

  async closed(msMax?: number): Promise<void> {
    await until(() => this.isClosed, 'the connection is closed', msMax)
  }

  async answered(count: number): Promise<void> {
    await until(() => this.statuses.length >= count, `${count} answers; ${this.text}`)
  }
}

export function get(path: string, host = 'localhost', more = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`
}

/** What is waited for comes within milliseconds: the limit only ends a test that would hang, on a machine however busy. */
export async function until(isTrue: () => boolean, what: string, msMax = 30_000): Promise<void> {
  const deadlineMs = performance.now() + msMax
  while (!isTrue()) {
    assert.ok(performance.now() < deadlineMs, `not within ${msMax} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
