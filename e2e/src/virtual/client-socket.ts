// One virtual socket between the gateway and a client, over a network path with a rate and a delay. Frames and pings keep their
// order. Kernel buffers hold the first bytes that wait; only what exceeds them is buffered in the gateway. While the client does
// not read, everything waits.

import { SendStatus, type Socket } from '@tradelane/gateway/uws'
import type { ScheduledEvent, VirtualTime } from './virtual-time.js'

export interface PathOptions {
  readonly bytesPerS: number
  /** One way. */
  readonly latencyUs: number
}

export interface ClientSocketEvents {
  onFrame(frame: Buffer, isBinary: boolean): void
  onPing(payload: Buffer): void
  /** By a Close frame, or because the connection broke. */
  onClose(code: number): void
}

/** What the gateway's server does for this socket. */
export interface GatewaySide {
  readonly maxBackpressureBytes: number
  onDrain(): void
  /** Bytes that the client may keep. */
  copyOf(frame: Uint8Array): Buffer
  /** Called from within `end` and `close`, as uWebSockets.js does. */
  onClose(code: number): void
}

interface Item {
  readonly kind: 'text' | 'binary' | 'ping' | 'close'
  readonly bytes: Buffer
  readonly code: number
  atUs: number
}

/** Send and receive buffers of both kernels, together. */
const KERNEL_BYTES = 256 * 1024
const FRAME_HEADER_BYTES = 8
const ABNORMAL_CLOSE = 1006

export class ClientSocket implements Socket<unknown> {
  userData: unknown
  sentBytes = 0
  readonly #time: VirtualTime
  readonly #path: PathOptions
  readonly #client: ClientSocketEvents
  readonly #gateway: GatewaySide
  readonly #items: Item[] = []
  #first = 0
  #waitingBytes = 0
  #busyUntilUs = 0
  #next: ScheduledEvent | undefined
  #isReading = true
  #isLeaving = false
  #isEnded = false
  #isFull = false

  constructor(options: {
    time: VirtualTime
    path: PathOptions
    client: ClientSocketEvents
    gateway: GatewaySide
  }) {
    this.#time = options.time
    this.#path = options.path
    this.#client = options.client
    this.#gateway = options.gateway
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  // The gateway's side.

  getUserData(): unknown {
    this.#guard()
    return this.userData
  }

  getRemoteAddress(): ArrayBuffer {
    return Uint8Array.of(192, 0, 2, 1).buffer
  }

  getBufferedAmount(): number {
    this.#guard()
    return Math.max(0, this.#waitingBytes - KERNEL_BYTES)
  }

  send(frame: Uint8Array | string, isBinary = false): number {
    this.#guard()
    if (this.getBufferedAmount() > this.#gateway.maxBackpressureBytes) return SendStatus.dropped
    this.#enqueue(isBinary ? 'binary' : 'text', this.#gateway.copyOf(frame as Uint8Array), 0)
    return this.getBufferedAmount() > 0 ? SendStatus.buffered : SendStatus.sent
  }

  ping(payload: Uint8Array): number {
    this.#guard()
    this.#enqueue('ping', Buffer.from(payload), 0)
    return SendStatus.sent
  }

  cork(work: () => void): void {
    this.#guard()
    work()
  }

  end(code: number, reason: string): void {
    this.#guard()
    this.#enqueue('close', Buffer.from(reason), code)
    this.#leaveGateway(code)
  }

  close(): void {
    this.#guard()
    this.cut()
  }

  // The client's side.

  /** The connection breaks: what waits is lost, both sides are notified. */
  cut(): void {
    if (this.#isEnded && this.#items.length === this.#first) return
    this.#items.length = this.#first
    this.#waitingBytes = 0
    this.#time.cancel(this.#next)
    this.#next = undefined
    this.#leaveGateway(ABNORMAL_CLOSE)
    this.#time.after(this.#path.latencyUs, () => this.#client.onClose(ABNORMAL_CLOSE))
  }

  /** The client leaves: nothing more is delivered, and the gateway is notified after the delay. */
  leave(code: number): void {
    this.#isReading = false
    this.#time.cancel(this.#next)
    this.#time.after(this.#path.latencyUs, () => this.#leaveGateway(code))
  }

  stopReading(): void {
    this.#isReading = false
  }

  readOn(): void {
    if (this.#isReading) return
    this.#isReading = true
    this.#schedule()
  }

  #enqueue(kind: Item['kind'], bytes: Buffer, code: number): void {
    const length = bytes.length + FRAME_HEADER_BYTES
    this.#busyUntilUs = Math.max(this.#busyUntilUs, this.#time.nowUs()) + (length / this.#path.bytesPerS) * 1e6
    this.#items.push({ kind, bytes, code, atUs: Math.ceil(this.#busyUntilUs + this.#path.latencyUs) })
    this.#waitingBytes += length
    this.sentBytes += length
    if (this.#waitingBytes > KERNEL_BYTES) this.#isFull = true
    if (this.#next === undefined) this.#schedule()
  }

  #schedule(): void {
    const head = this.#items[this.#first]
    if (head === undefined || !this.#isReading) return
    this.#next = this.#time.at(Math.max(head.atUs, this.#time.nowUs()), this.#deliver)
  }

  readonly #deliver = (): void => {
    this.#next = undefined
    const nowUs = this.#time.nowUs()
    while (this.#isReading) {
      const item = this.#items[this.#first]
      if (item === undefined || item.atUs > nowUs) break
      this.#first += 1
      this.#waitingBytes -= item.bytes.length + FRAME_HEADER_BYTES
      this.#give(item)
    }
    this.#forget()
    this.#drain()
    if (this.#next === undefined) this.#schedule()
  }

  #give({ kind, bytes, code }: Item): void {
    switch (kind) {
      case 'ping':
        this.#client.onPing(bytes)
        return
      case 'close':
        this.#client.onClose(code)
        return
      default:
        this.#client.onFrame(bytes, kind === 'binary')
    }
  }

  #forget(): void {
    if (this.#first < this.#items.length && this.#first < 512) return
    this.#items.splice(0, this.#first)
    this.#first = 0
  }

  #drain(): void {
    if (!this.#isFull || this.#waitingBytes > KERNEL_BYTES || this.#isEnded) return
    this.#isFull = false
    this.#gateway.onDrain()
  }

  #leaveGateway(code: number): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    // Before it is ended: the close handler reads the socket's user data.
    this.#gateway.onClose(code)
    this.#isEnded = true
  }

  #guard(): void {
    if (this.#isEnded) throw new Error('Invalid access of closed uWS.WebSocket/SSLWebSocket.')
  }
}
