// The gateway without uWebSockets.js: `ClientServer` and a merge on real lanes, recording sockets, and a clock in the
// test's hand. Used by the tests of the order of sends.

import { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import { Counters, createCounters, readCounters } from '@tradelane/shared/thread/counters'
import { RateLimitedLog } from '@tradelane/shared/thread/log'
import { BoardSet } from '../board-set.js'
import { ClientServer } from '../client-server.js'
import type { Merge, NewMerge } from '../merge.js'
import { PriorityMerge } from '../priority-merge.js'
import type { App, HttpRequest, HttpResponse, Socket, SocketContext } from '../uws.js'
import { RecordingSocket } from './recording-socket.js'
import { PRODUCT, STREAM, TestLanes } from './test-lanes.js'

/** What `ClientServer` hands to the app. */
interface Behavior {
  upgrade(response: HttpResponse, request: HttpRequest, context: SocketContext): void
  open(socket: Socket<unknown>): void
  message(socket: Socket<unknown>): void
  pong(socket: Socket<unknown>, payload: ArrayBuffer): void
  close(socket: Socket<unknown>, code: number): void
}

export interface TestFrame {
  readonly cork: number
  readonly type: 'welcome' | 'gap' | 'status' | undefined
  readonly kind: string
  readonly seq: number
  readonly from: number
  readonly to: number
  readonly index: number
  readonly version: number
  readonly state: string
  readonly instrument: { readonly base: string } | null
  readonly bytes: number
}

export class MergeBench extends TestLanes {
  readonly merge: Merge
  readonly server: ClientServer
  readonly clients: TestClient[] = []
  readonly warnings: string[] = []
  nowMs = 1_000
  wakeCount = 0
  /** What each look at the clock takes. */
  readonly #clockMs: number
  readonly #counters = createCounters(1)
  readonly #behavior: Behavior

  constructor(
    options: {
      instrumentCount?: number
      retained?: number
      clockMs?: number
      clientStallMs?: number
      newMerge?: NewMerge
    } = {},
  ) {
    super(options)
    this.#clockMs = options.clockMs ?? 0
    const counters = new Counters(this.#counters, 0)
    const say = (message: string): unknown => this.warnings.push(message)
    const limitedLog = new RateLimitedLog({ debug: () => {}, info: say, warn: say, error: say }, { intervalMs: 0 })
    const nowMs = (): number => {
      this.nowMs += this.#clockMs
      return this.nowMs
    }
    const log = new TradeLogReader(this.tradeLog)
    const boards = new BoardSet([this.stateBoard, this.bookBoard], [PRODUCT], this.instruments)
    const newMerge = options.newMerge ?? (parts => new PriorityMerge(parts))
    this.merge = newMerge({ log, boards, stream: STREAM, counters, limitedLog, nowMs })
    const behaviors: Behavior[] = []
    this.server = new ClientServer({
      app: { ws: (_: string, behavior: Behavior) => behaviors.push(behavior) } as unknown as App,
      log,
      boards,
      merge: this.merge,
      cell: this.cell,
      counters,
      limitedLog,
      stream: STREAM,
      version: '0.0.0-test',
      clientStallMs: options.clientStallMs ?? 90_000,
      nowMs,
      wallUs: () => 1,
      wake: () => {
        this.wakeCount += 1
      },
    })
    this.#behavior = behaviors[0] as Behavior
  }

  counters(): ReturnType<typeof readCounters> {
    return readCounters(this.#counters)
  }

  /** `prepare` comes before the first frame. */
  join(query = '', prepare: (client: TestClient) => void = () => {}): TestClient {
    const client = new TestClient(this.#behavior)
    prepare(client)
    this.clients.push(client)
    const response = {
      upgrade: (userData: unknown) => {
        client.userData = userData
      },
    } as unknown as HttpResponse
    const request = { getQuery: () => query, getHeader: () => '' } as unknown as HttpRequest
    this.#behavior.upgrade(response, request, undefined as unknown as SocketContext)
    client.onClose = () => this.#behavior.close(client.socket, 1006)
    this.#behavior.open(client.socket)
    return client
  }

  /** Turns, and every client answering, until nothing is left to do. */
  settle(): void {
    for (let idle = 0; idle < 3; ) {
      const isWorking = this.merge.turn() > 0
      let didPong = false
      for (const client of this.clients) didPong = client.pongAll() || didPong
      idle = isWorking || didPong ? 0 : idle + 1
      if (idle === 0) continue
      // The timer pings what nobody acknowledged yet.
      this.nowMs += 50
      this.server.tick(this.nowMs)
    }
  }
}

export class TestClient extends RecordingSocket {
  userData: unknown
  #answered = 0
  #parsed: TestFrame[] = []
  readonly #behavior: Behavior

  constructor(behavior: Behavior) {
    super()
    this.#behavior = behavior
  }

  getUserData(): unknown {
    return this.userData
  }

  getRemoteAddressAsText(): ArrayBuffer {
    return new TextEncoder().encode('192.0.2.1').buffer as ArrayBuffer
  }

  /** Everything that it was sent. */
  get frames(): readonly TestFrame[] {
    for (const { text, cork } of this.sent.slice(this.#parsed.length)) {
      this.#parsed.push({ ...(JSON.parse(text) as TestFrame), cork, bytes: text.length })
    }
    return this.#parsed
  }

  of(kind: string): TestFrame[] {
    return this.frames.filter(frame => frame.kind === kind && frame.type === undefined)
  }

  /** Answers the newest ping. False when there is none, or it is gone. */
  pongAll(): boolean {
    if (this.isClosed || this.#answered === this.pings.length) return false
    this.#answered = this.pings.length
    const payload = this.pings.at(-1) as Buffer
    this.#behavior.pong(this.socket, new Uint8Array(payload).buffer)
    return true
  }

  /** Answers the oldest ping that is not answered. */
  pongOne(): boolean {
    const payload = this.pings[this.#answered]
    if (this.isClosed || payload === undefined) return false
    this.#answered += 1
    this.#behavior.pong(this.socket, new Uint8Array(payload).buffer)
    return true
  }

  pong(payload: Uint8Array): void {
    this.#behavior.pong(this.socket, new Uint8Array(payload).buffer)
  }

  pongForged(payload: Uint8Array): void {
    this.#behavior.pong(this.socket, new Uint8Array(payload).buffer)
  }

  says(): void {
    this.#behavior.message(this.socket)
  }
}
