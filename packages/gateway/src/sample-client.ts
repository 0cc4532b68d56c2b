// A client of the gateway's warm-up: reads what comes on a loopback socket in the same thread, answers pings, and keeps nothing.

import { once } from 'node:events'
import { connect, type Socket as TcpSocket } from 'node:net'

const HANDSHAKE_END = '\r\n\r\n'
/** Any 16 bytes will do. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const PING = 0x89
const PONG = 0x8a
const MASKED = 0x80
const LENGTH_16 = 126
const LENGTH_64 = 127
const MASK = Buffer.from([0x11, 0x22, 0x33, 0x44])

export class SampleClient {
  readonly #socket: TcpSocket
  #isOpen = false
  /** Of the current frame, still to come. */
  #bytesToCome = 0

  constructor(port: number, query: string) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    // It ends with the warm-up, whatever happens to it.
    this.#socket.on('error', () => {})
    this.#socket.on('data', chunk => this.#read(chunk))
    this.#socket.write(
      `GET /${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}${HANDSHAKE_END}`,
    )
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  async close(): Promise<void> {
    if (this.#socket.closed) return
    this.#socket.destroy()
    await once(this.#socket, 'close')
  }

  #read(chunk: Buffer): void {
    let at = 0
    if (!this.#isOpen) {
      const end = chunk.indexOf(HANDSHAKE_END)
      if (end < 0) return
      this.#isOpen = true
      at = end + HANDSHAKE_END.length
    }
    // A frame that begins where a chunk ends is rare; the rest of its head is then taken for another one, which does no harm.
    for (; at < chunk.length; at += this.#skip(chunk.length - at)) {
      if (this.#bytesToCome === 0) at = this.#begin(chunk, at)
    }
  }

  /** Returns where the payload begins. */
  #begin(chunk: Buffer, at: number): number {
    const short = (chunk[at + 1] ?? 0) & ~MASKED
    const headBytes = short === LENGTH_16 ? 4 : short === LENGTH_64 ? 10 : 2
    if (at + headBytes > chunk.length) return chunk.length
    this.#bytesToCome = short
    if (short === LENGTH_16) this.#bytesToCome = chunk.readUInt16BE(at + 2)
    if (short === LENGTH_64) this.#bytesToCome = chunk.readUInt32BE(at + 6)
    const start = at + headBytes
    if (chunk[at] === PING) this.#pong(chunk.subarray(start, start + this.#bytesToCome))
    return start
  }

  #skip(availableBytes: number): number {
    const bytes = Math.min(this.#bytesToCome, availableBytes)
    this.#bytesToCome -= bytes
    return bytes
  }

  #pong(payload: Buffer): void {
    const frame = Buffer.alloc(2 + MASK.length + payload.length)
    frame[0] = PONG
    frame[1] = MASKED | payload.length
    frame.set(MASK, 2)
    for (const [index, byte] of payload.entries()) frame[2 + MASK.length + index] = byte ^ (MASK[index & 3] ?? 0)
    this.#socket.write(frame)
  }
}
