// A gateway in its real thread on real lanes, fed by the test in place of ingest and L2 workers. Used by this package's tests.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createClock } from '@tradelane/shared/clock'
import { createCounters, readCounters } from '@tradelane/shared/counters'
import type { GatewayStart, ThreadToSupervisor } from '@tradelane/shared/thread-messages'
import WebSocket from 'ws'
import { PRODUCT, STREAM, TestLanes } from './test-lanes.js'

export interface Frame {
  readonly type?: string
  readonly kind?: string
  readonly seq?: number
  readonly [key: string]: unknown
}

export class GatewayUnderTest extends TestLanes {
  readonly messages: ThreadToSupervisor[] = []
  readonly #start: GatewayStart
  readonly #worker: Worker
  readonly #sockets: WebSocket[] = []
  #port = 0

  constructor(
    options: {
      instrumentCount?: number
      retained?: number
      clientStallMs?: number
      port?: number
      /** Another way to run the agent, relative to this file, and what else that is told. */
      entry?: string
      more?: object
    } = {},
  ) {
    super(options)
    const { control, tradeLog, stateBoard, bookBoard } = this
    this.#start = {
      role: 'gateway-0',
      threadIndex: 0,
      control,
      clock: createClock(),
      counters: createCounters(1),
      traces: this.traces,
      products: [PRODUCT],
      instruments: this.instruments,
      host: '127.0.0.1',
      port: options.port ?? 0,
      isExclusive: true,
      tradeLog,
      ingestThread: 1,
      stateBoard,
      bookBoards: [bookBoard],
      stream: STREAM,
      version: '0.0.0-test',
      clientStallMs: options.clientStallMs ?? 90_000,
    }
    this.#worker = new Worker(new URL(options.entry ?? '../worker.js', import.meta.url), {
      workerData: { ...this.#start, ...options.more },
    })
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
