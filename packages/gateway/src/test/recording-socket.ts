// A uWebSockets.js socket that records what it was asked to do and in which cork. It ends in the middle of a cork when the test
// says so, and then behaves like the real one: the close handler has run, and every call throws.

import type { Socket } from '../uws.js'
import { SendStatus } from '../uws.js'

export interface Sent {
  /** 0: outside any cork. */
  readonly cork: number
  readonly text: string
  readonly isBinary: boolean
}

export class RecordingSocket {
  readonly sent: Sent[] = []
  readonly pings: Buffer[] = []
  /** Of each ping; 0: outside any cork. */
  readonly pingCorks: number[] = []
  readonly ends: { readonly code: number; readonly reason: string }[] = []
  corkCount = 0
  isClosed = false
  /** The Close frame does not get through: the socket ends only when it is cut off. */
  isStuckAtEnd = false
  bufferedBytes = 0
  /** The socket dies after this many more sends. */
  sendsLeft = Number.POSITIVE_INFINITY
  /** What sends return. */
  status: number = SendStatus.sent
  /** Called at the start of each cork, and after each send. */
  onCork: () => void = () => {}
  onSend: () => void = () => {}
  onPing: (payload: Buffer) => void = () => {}
  onClose: () => void = () => {}
  #cork = 0

  /** As the product sees it. */
  get socket(): Socket<unknown> {
    return this as unknown as Socket<unknown>
  }

  send(frame: Uint8Array | string, isBinary = false): number {
    this.#guard()
    if (this.sendsLeft === 0) this.#die()
    this.#guard()
    this.sendsLeft -= 1
    if (this.status === SendStatus.dropped) return this.status
    this.sent.push({ cork: this.#cork, text: Buffer.from(frame as Uint8Array).toString('latin1'), isBinary })
    this.onSend()
    return this.status
  }

  ping(payload: Uint8Array): number {
    this.#guard()
    this.pings.push(Buffer.from(payload))
    this.pingCorks.push(this.#cork)
    this.onPing(this.pings.at(-1) as Buffer)
    return SendStatus.sent
  }

  cork(work: () => void): this {
    this.#guard()
    this.corkCount += 1
    this.#cork = this.corkCount
    this.onCork()
    try {
      work()
    } finally {
      this.#cork = 0
    }
    return this
  }

  end(code: number, reason: string): void {
    this.#guard()
    this.ends.push({ code, reason })
    if (!this.isStuckAtEnd) this.#die()
  }

  close(): void {
    this.#guard()
    this.#die()
  }

  getBufferedAmount(): number {
    this.#guard()
    return this.bufferedBytes
  }

  #die(): void {
    this.isClosed = true
    this.onClose()
  }

  #guard(): void {
    if (this.isClosed) throw new Error('Invalid access of closed uWS.WebSocket/SSLWebSocket.')
  }
}
