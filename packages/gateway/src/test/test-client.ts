// A client of a virtual server: it parses what its socket was sent, and answers pings when the test says so.

import type { Socket, SocketBehavior } from '../uws.js'
import { RecordingSocket } from './recording-socket.js'

export interface TestFrame {
  readonly cork: number
  /** Its running number, where the client acknowledges by message. */
  readonly n?: number
  readonly type: 'welcome' | 'gap' | 'status' | undefined
  readonly kind: string
  readonly of: string
  readonly reason: string
  readonly seq: number
  readonly from: number
  readonly to: number
  readonly index: number
  readonly version: number
  readonly state: string
  readonly instrument: { readonly base: string } | null
  readonly bytes: number
}

export class TestClient extends RecordingSocket implements Socket<unknown> {
  userData: unknown
  isOpen = false
  #answered = 0
  #acknowledged = 0
  #parsed: TestFrame[] = []
  readonly #behavior: SocketBehavior<unknown>

  constructor(behavior: SocketBehavior<unknown>) {
    super()
    this.#behavior = behavior
  }

  getUserData(): unknown {
    return this.userData
  }

  /** Empty when the client has reset the socket. */
  address = Uint8Array.of(192, 0, 2, 1)

  getRemoteAddress(): ArrayBuffer {
    return this.address.buffer as ArrayBuffer
  }

  /** All frames that it was sent. */
  get frames(): readonly TestFrame[] {
    for (const { text, cork } of this.sent.slice(this.#parsed.length)) {
      this.#parsed.push({ ...(JSON.parse(text) as TestFrame), cork, bytes: text.length })
    }
    return this.#parsed
  }

  of(kind: string): TestFrame[] {
    return this.frames.filter(frame => frame.kind === kind && frame.type === undefined)
  }

  /** Answers the newest ping. False when there is none, or the socket is closed. */
  pongAll(): boolean {
    if (this.isClosed || this.#answered === this.pings.length) return false
    this.#answered = this.pings.length
    this.pong(this.pings.at(-1) as Buffer)
    return true
  }

  /** Answers the oldest ping that is not answered. */
  pongOne(): boolean {
    const payload = this.pings[this.#answered]
    if (this.isClosed || payload === undefined) return false
    this.#answered += 1
    this.pong(payload)
    return true
  }

  pong(payload: Uint8Array): void {
    this.#behavior.pong?.(this, new Uint8Array(payload).buffer)
  }

  /** All frames. False when there is nothing new, or the socket is closed. */
  acknowledgeAll(): boolean {
    const newest = this.sent.length
    if (this.isClosed || newest <= this.#acknowledged) return false
    this.acknowledge(newest)
    return true
  }

  acknowledge(number: number): void {
    this.#acknowledged = number
    this.sendMessage(`{"op":"ack","n":${number}}`)
  }

  sendMessage(message: string | Uint8Array = ' ', isBinary = false): void {
    this.#behavior.message?.(this, new Uint8Array(Buffer.from(message)).buffer, isBinary)
  }

  sendPing(): void {
    this.#behavior.ping?.(this, new ArrayBuffer(0))
  }
}

/** Of a numbered JSON frame; 0 of any other. */
export function numberOf(text: string): number {
  return Number(/^\{"n":(\d+),/.exec(text)?.[1] ?? 0)
}

/** A numbered JSON frame as clients without acknowledgements are sent it. */
export function withoutNumber(text: string): string {
  return text.replace(/^\{"n":\d+,/, '{')
}
