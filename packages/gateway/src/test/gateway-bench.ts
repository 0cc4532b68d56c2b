// A gateway in its real thread on real lanes, fed by the test in place of ingest and L2 workers. Used by this package's tests.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { BoardWriter, createBoard } from '@tradelane/shared/board'
import { createClock } from '@tradelane/shared/clock'
import { createCounters, readCounters } from '@tradelane/shared/counters'
import {
  CellStatus,
  INSTRUMENT_NONE,
  type Instrument,
  type InstrumentId,
  Kind,
  type ProductIndex,
  type ProductLabel,
  StatusReason,
} from '@tradelane/shared/nouns'
import { createControlBlock, ThreadCell } from '@tradelane/shared/parking'
import type { GatewayStart, ThreadToSupervisor } from '@tradelane/shared/thread-messages'
import { createTradeLog, TradeLogWriter } from '@tradelane/shared/trade-log'
import WebSocket from 'ws'

export const STREAM = 'teststrm'
const PRODUCT: ProductLabel = {
  index: 0 as ProductIndex,
  id: 'test-linear',
  venue: 'test',
  exchange: 'TestPerpetuals',
  marketKind: 'Perpetual',
}
const BOOK_BYTES = 16 * 1024

export interface Frame {
  readonly type?: string
  readonly kind?: string
  readonly seq?: number
  readonly [key: string]: unknown
}

export class GatewayUnderTest {
  readonly instruments: readonly Instrument[]
  readonly log: TradeLogWriter
  readonly states: BoardWriter
  readonly books: BoardWriter
  readonly cell: ThreadCell
  readonly messages: ThreadToSupervisor[] = []
  readonly #start: GatewayStart
  readonly #worker: Worker
  readonly #sockets: WebSocket[] = []
  #port = 0

  constructor(options: { instrumentCount?: number; retained?: number; clientStallMs?: number; port?: number } = {}) {
    const control = createControlBlock(1)
    this.cell = new ThreadCell(control, 0)
    this.instruments = Array.from({ length: options.instrumentCount ?? 2 }, (_, index) => instrumentOf(index))
    const stateCells = this.instruments.map(({ id }) => cellOf(Kind.orderBookL1, id))
    const linkCell = { kind: Kind.link, about: Kind.trade, instrument: INSTRUMENT_NONE, product: PRODUCT.index }
    const stateBoard = createBoard([...stateCells, linkCell], 512)
    const bookBoard = createBoard(
      this.instruments.map(({ id }) => cellOf(Kind.orderBookL2, id)),
      BOOK_BYTES,
    )
    const tradeLog = createTradeLog(options.retained ?? 1_000)
    this.log = new TradeLogWriter(tradeLog, [this.cell])
    this.states = new BoardWriter(stateBoard, [this.cell])
    this.books = new BoardWriter(bookBoard, [this.cell])
    this.#start = {
      role: 'gateway-0',
      threadIndex: 0,
      control,
      clock: createClock(),
      counters: createCounters(1),
      products: [PRODUCT],
      instruments: this.instruments,
      host: '127.0.0.1',
      port: options.port ?? 0,
      isExclusive: true,
      tradeLog,
      stateBoard,
      bookBoards: [bookBoard],
      stream: STREAM,
      version: '0.0.0-test',
      clientStallMs: options.clientStallMs ?? 90_000,
    }
    this.#worker = new Worker(new URL('../worker.js', import.meta.url), { workerData: this.#start })
    this.#worker.on('message', (message: ThreadToSupervisor) => this.messages.push(message))
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.#start.counters)
  }

  /** Resolves once the port is open, or with the fatal message. */
  async started(): Promise<ThreadToSupervisor> {
    const isNews = (message: ThreadToSupervisor): boolean => message.type === 'running' || message.type === 'fatal'
    while (!this.messages.some(isNews)) await once(this.#worker, 'message')
    const news = this.messages.find(isNews) as ThreadToSupervisor
    if (news.type === 'running') this.#port = news.port ?? 0
    // A test that fails ends without stopping it.
    this.#worker.unref()
    return news
  }

  /** Resolves to the exit code. */
  async stop(): Promise<number> {
    for (const socket of this.#sockets) socket.terminate()
    const exited = this.exited()
    this.cell.requestStop()
    return await exited
  }

  exited(): Promise<number> {
    this.#worker.ref()
    return once(this.#worker, 'exit').then(([code]) => code as number)
  }

  requestStop(): void {
    this.cell.requestStop()
  }

  publishTrade(index = 0, text = ''): number {
    const sequence = this.log.nextSequence
    const instrument = this.instruments[index] as Instrument
    const record = {
      kind: Kind.trade,
      instrument: instrument.id,
      product: PRODUCT.index,
      flags: 0,
      receivedUs: 1,
      venueUs: 1,
    }
    const json = JSON.stringify({ kind: 'trade', base: instrument.base, seq: sequence, text })
    assert.ok(this.log.append(record, json, Buffer.from([0xc0])))
    this.log.ring()
    return sequence
  }

  publishTop(index: number, version: number): void {
    const cell = this.states.find(Kind.orderBookL1, index as InstrumentId)
    this.states.publish(cell, header(CellStatus.live), JSON.stringify({ kind: 'order_book_l1', index, version }), null)
    this.states.ring()
  }

  setLink(isLive: boolean): void {
    const cell = this.states.findLink(PRODUCT.index, Kind.trade)
    this.states.publish(cell, header(isLive ? CellStatus.live : CellStatus.down), null, null)
    this.states.ring()
  }

  /** `bytes`: about the size of the frame. */
  publishBook(index: number, version: number, bytes = 200): void {
    const json = JSON.stringify({ kind: 'order_book_l2', index, version, fill: 'x'.repeat(Math.max(0, bytes - 60)) })
    this.books.publish(index, header(CellStatus.live), json, Buffer.from([0xc0]))
    this.books.ring()
  }

  withholdBook(index: number): void {
    this.books.publish(index, header(CellStatus.stale, StatusReason.sequenceGap), null, null)
    this.books.ring()
  }

  async connect(path = '/'): Promise<Client> {
    const client = new Client(this.url + path)
    this.#sockets.push(client.socket)
    await client.opened()
    return client
  }
}

export class Client {
  readonly socket: WebSocket
  readonly frames: Frame[] = []
  readonly closed: Promise<number>
  readonly #opened: Promise<unknown>

  constructor(url: string) {
    this.socket = new WebSocket(url, { perMessageDeflate: false })
    this.#opened = once(this.socket, 'open')
    this.closed = new Promise(resolve => this.socket.once('close', code => resolve(code)))
    this.socket.on('error', () => {})
    this.socket.on('message', (raw: Buffer, isBinary) => {
      this.frames.push(isBinary ? { type: 'binary', bytes: raw.length } : (JSON.parse(raw.toString()) as Frame))
    })
  }

  async opened(): Promise<void> {
    await this.#opened
  }

  of(kind: string): Frame[] {
    return this.frames.filter(frame => frame.kind === kind && frame.type === undefined)
  }

  async until(isReached: (client: Client) => boolean, what: string, ms = 5_000): Promise<void> {
    const deadlineMs = performance.now() + ms
    while (!isReached(this)) {
      assert.ok(performance.now() < deadlineMs, `not reached in ${ms} ms: ${what}; ${this.frames.length} frames`)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
  }
}

export async function sleep(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}

function instrumentOf(index: number): Instrument {
  const base = `coin${index}`
  return {
    id: index as InstrumentId,
    product: PRODUCT.index,
    exchange: PRODUCT.exchange,
    kind: PRODUCT.marketKind,
    base,
    quote: 'usdt',
    symbol: `${base}USDT`.toUpperCase(),
  }
}

function cellOf(
  kind: Kind,
  instrument: InstrumentId,
): { kind: Kind; about: Kind; instrument: InstrumentId; product: ProductIndex } {
  return { kind, about: kind, instrument, product: PRODUCT.index }
}

function header(status: CellStatus, reason: StatusReason = StatusReason.none): Parameters<BoardWriter['publish']>[1] {
  return { status, reason, sinceUs: 1, receivedUs: 1, venueUs: 1, sequence: 1 }
}
