// A gateway in its real thread on real lanes, which the test writes in place of ingest and L2 workers.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import { countClients } from '@tradelane/shared/thread/client-counts'
import { createClock } from '@tradelane/shared/thread/clock'
import { createCounters, readCounters, readThreadCounters } from '@tradelane/shared/thread/counters'
import { bundledThread } from '@tradelane/shared/thread/test/bundled-thread'
import type { GatewayStart, SupervisorToGateway, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import WebSocket from 'ws'
import { OPEN } from './open-access.js'
import { PRODUCT, STREAM, TestLanes } from './test-lanes.js'

export interface Frame {
  readonly type?: string
  readonly kind?: string
  readonly seq?: number
  readonly [key: string]: unknown
}

export interface GatewayOptions {
  readonly instrumentCount?: number
  readonly retained?: number
  readonly clientStallMs?: number
  readonly clientsMax?: number
  readonly clientsPerIpMax?: number
  readonly host?: string
  readonly clientRowsMax?: number
  readonly port?: number
  /** Threads that share the lanes and the port. */
  readonly gatewayCount?: number
  /** Another worker file, relative to this one, and its additional start fields. */
  readonly entry?: string
  readonly more?: object
  /** Outside of a test, which must stop it itself. */
  readonly isStandalone?: boolean
}

const ENTRY = bundledThread('gateway', new URL('../worker.js', import.meta.url))

/** One that runs. */
export async function startGateway(options: GatewayOptions = {}): Promise<GatewayUnderTest> {
  const gateway = new GatewayUnderTest(options)
  const message = await gateway.start()
  assert.equal(message.type, 'running', JSON.stringify(message))
  return gateway
}

export class GatewayUnderTest extends TestLanes {
  readonly messages: ThreadToSupervisor[] = []
  readonly admission: SharedArrayBuffer
  readonly #starts: readonly GatewayStart[]
  readonly #entry: URL
  readonly #more: object
  readonly #isStandalone: boolean
  readonly #workers: Worker[] = []
  readonly #sockets: WebSocket[] = []
  readonly #clients: Client[] = []
  #port: number

  constructor(options: GatewayOptions = {}) {
    const gatewayCount = options.gatewayCount ?? 1
    super({ ...options, readerCount: gatewayCount })
    const { control, tradeLog, stateBoard, bookBoard, clientTable, traces } = this
    this.#entry = options.entry === undefined ? ENTRY : new URL(options.entry, import.meta.url)
    this.#more = options.more ?? {}
    this.#isStandalone = options.isStandalone ?? false
    this.#port = options.port ?? 0
    const clientsMax = options.clientsMax ?? 2_000
    this.admission = createAdmission(gatewayCount, clientsMax)
    const shared = { control, clock: createClock(), counters: createCounters(gatewayCount), traces }
    this.#starts = this.cells.map((_, threadIndex) => ({
      role: `gateway-${threadIndex}`,
      threadIndex,
      gateway: threadIndex,
      admission: this.admission,
      clientsMax,
      clientsPerIpMax: options.clientsPerIpMax ?? clientsMax,
      ...shared,
      products: [PRODUCT],
      instruments: this.instruments,
      host: options.host ?? '127.0.0.1',
      port: 0,
      isExclusive: gatewayCount === 1,
      tradeLog,
      stateBoard,
      bookBoard,
      clientTable,
      stream: STREAM,
      version: '0.0.0-test',
      warmUpMs: 0,
      nice: 0,
      clientStallMs: options.clientStallMs ?? 90_000,
      access: OPEN,
      certificate: null,
    }))
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
    return readCounters(this.#starts[0]!.counters)
  }

  /** As the limits count them. */
  clientCount(): number {
    return countClients(this.admission)
  }

  async untilClients(count: number): Promise<void> {
    const deadlineMs = performance.now() + 5_000
    while (this.clientCount() !== count) {
      assert.ok(performance.now() < deadlineMs, `${this.clientCount()} clients instead of ${count} after 5 s`)
      await sleep(2)
    }
  }

  /** Until every client has shown that it reads: its trades go out with those of the others from then on. */
  async untilAnswered(): Promise<void> {
    const deadlineMs = performance.now() + 5_000
    const answerCount = (): number => this.#clients.reduce((sum, { pingCount }) => sum + pingCount, 0)
    while (this.#clients.some(({ pingCount }) => pingCount === 0) || this.counters().pongs < answerCount()) {
      assert.ok(performance.now() < deadlineMs, `${this.counters().pongs} of ${answerCount()} answers after 5 s`)
      await sleep(2)
    }
  }

  threadCounters(thread: number): ReturnType<typeof readCounters> {
    return readThreadCounters(this.#starts[0]!.counters, thread)
  }

  /** Resolves once the port is open in every thread, or with the fatal message. */
  async start(): Promise<ThreadToSupervisor> {
    // A test that fails does not stop it, and the process of the file would never end.
    if (!this.#isStandalone) after(() => this.#abandon())
    if (this.#starts.length > 1 && this.#port === 0) this.#port = await freePort()
    let message: ThreadToSupervisor | undefined
    for (const start of this.#starts) {
      message = await this.#launch(start)
      if (message.type !== 'running') break
      this.#port = message.port ?? 0
    }
    return message as ThreadToSupervisor
  }

  disconnectAll(): void {
    for (const socket of this.#sockets.splice(0)) socket.terminate()
  }

  #abandon(): void {
    this.disconnectAll()
    this.requestStop()
  }

  /** Resolves to the exit code. */
  async stop(): Promise<number> {
    this.#abandon()
    return await this.exited()
  }

  /** Stops the threads and starts others on the same lanes and port. */
  async restartGateways(): Promise<void> {
    this.requestStop()
    assert.equal(await this.exited(), 0)
    this.#workers.length = 0
    for (const cell of this.cells) cell.clearForStart()
    const message = await this.start()
    assert.equal(message.type, 'running', JSON.stringify(message))
  }

  /** The worst exit code. */
  async exited(): Promise<number> {
    const codes = this.#workers.map(worker => {
      worker.ref()
      return once(worker, 'exit').then(([code]) => code as number)
    })
    return Math.max(...(await Promise.all(codes)))
  }

  post(message: SupervisorToGateway): void {
    for (const worker of this.#workers) worker.postMessage(message)
  }

  requestStop(): void {
    for (const cell of this.cells) cell.requestStop()
  }

  async #launch(start: GatewayStart): Promise<ThreadToSupervisor> {
    const worker = new Worker(this.#entry, {
      workerData: { ...start, port: this.#port, ...this.#more },
    })
    this.#workers.push(worker)
    const outcome = await new Promise<ThreadToSupervisor>(resolve => {
      worker.on('message', (message: ThreadToSupervisor) => {
        this.messages.push(message)
        if (message.type === 'running' || message.type === 'fatal') resolve(message)
      })
    })
    // A failed test ends without stopping it.
    worker.unref()
    return outcome
  }

  /** Resolves with the welcome: a client that is merely open may not have its place in the trade log yet. */
  async connect(path = '/'): Promise<Client> {
    const client = new Client(this.url + path)
    this.#sockets.push(client.socket)
    this.#clients.push(client)
    await client.opened()
    await client.until(({ frames }) => frames.length > 0, 'the welcome')
    return client
  }
}

export class Client {
  readonly socket: WebSocket
  readonly frames: Frame[] = []
  readonly closed: Promise<number>
  /** Answered by the library. */
  pingCount = 0
  readonly #opened: Promise<unknown>

  constructor(url: string) {
    this.socket = new WebSocket(url, { perMessageDeflate: false })
    this.#opened = once(this.socket, 'open')
    this.closed = new Promise(resolve => this.socket.once('close', code => resolve(code)))
    this.socket.on('error', () => {})
    this.socket.on('ping', () => {
      this.pingCount += 1
    })
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

/** For gateways that restart or share a port: uWebSockets.js cannot open a second time a port that the system chose for it. */
/** Below the ports that systems give to sockets that ask for any one: none of these takes it before it is opened. */
export async function freePort(): Promise<number> {
  const server = createServer()
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const isFree = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise(resolve => server.close(resolve))
    return port
  }
}
