// One subscription of a NATS server over WebSocket. The WebSocket carries a stream: a message of it may hold several NATS
// messages, or a part of one.

import type { PeerReader, ReaderIo } from './peer-reader.js'

const CONNECT = { verbose: false, pedantic: false, tls_required: false, lang: 'node', version: '0', protocol: 1 }
const LINE_END = '\r\n'
const CR = 0x0d
const SPACE = 0x20
const ZERO = 0x30
/** First bytes of the lines, which differ. */
const MSG = 0x4d
const MINUS = 0x2d
const PONG_SECOND = 0x4f
const PING_SECOND = 0x49
const P = 0x50

export class NatsReader implements PeerReader {
  readonly #subject: string
  readonly #io: ReaderIo
  #rest: Buffer | null = null

  constructor(subject: string, io: ReaderIo) {
    this.#subject = subject
    this.#io = io
  }

  open(): void {
    this.#io.send(`CONNECT ${JSON.stringify(CONNECT)}${LINE_END}SUB ${this.#subject} 1${LINE_END}PING${LINE_END}`)
  }

  read(message: Buffer): void {
    const bytes = this.#rest === null ? message : Buffer.concat([this.#rest, message])
    let at = 0
    while (at < bytes.length) {
      const next = this.#readOne(bytes, at)
      if (next === -1) break
      at = next
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : null
  }

  /** Returns where the next one begins, or -1 where this one is not complete. */
  #readOne(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(CR, at)
    if (end === -1 || end + 2 > bytes.length) return -1
    if (bytes[at] === MSG) return this.#readMessage(bytes, { start: end + 2, length: numberBefore(bytes, end) })
    if (bytes[at] === P && bytes[at + 1] === PING_SECOND) this.#io.send(`PONG${LINE_END}`)
    else if (bytes[at] === P && bytes[at + 1] === PONG_SECOND) this.#io.onReady()
    else if (bytes[at] === MINUS) this.#io.onFailure(bytes.toString('latin1', at, end))
    return end + 2
  }

  #readMessage(bytes: Buffer, { start, length }: { start: number; length: number }): number {
    const end = start + length
    if (end + 2 > bytes.length) return -1
    this.#io.onFrame(bytes.subarray(start, end))
    return end + 2
  }
}

/** The number that ends before `end`. */
function numberBefore(bytes: Buffer, end: number): number {
  let value = 0
  for (let at = bytes.lastIndexOf(SPACE, end) + 1; at < end; at += 1) value = value * 10 + (bytes[at] as number) - ZERO
  return value
}
