// A WebSocket client on a bare TCP socket, which reads at a given rate and answers pings correctly, late, wrongly or never. Used
// by the tests of slow and unusual clients, and by the hundred for crowds.

import { connect, type Socket } from 'node:net'
import { frameOf, handshakeRequest } from './raw-frames.js'

export interface RawClientOptions {
  readonly path?: string
  /** The address that it connects from. */
  readonly from?: string
  /** Maximum rate at which it reads. */
  readonly bytesPerS?: number
  /** Each pong leaves this much later: it simulates the round trip. */
  readonly pongMs?: number
  /** `newest`: of the pings in one read only the last is answered. */
  readonly pongs?: 'all' | 'newest' | 'wrong' | 'none'
  readonly onText?: (payload: string) => void
  readonly onPong?: (payload: Buffer) => void
  readonly onOpen?: () => void
  readonly onClosed?: (code: number) => void
}

/** Most that a client with a rate reads at once. */
const PIECE_BYTES = 4 * 1024
const READ_BYTES = 64 * 1024
const Opcode = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const

/** More than twenty a second would end the client. */
const WRONG_PONG_MS = 100

export class RawClient {
  frameCount = 0
  byteCount = 0
  pingCount = 0
  isStopped = false
  readonly #options: RawClientOptions
  readonly #socket: Socket
  #isUpgraded = false
  #rest: Buffer = Buffer.alloc(0)
  #closeCode = 1006
  #freeMs = 0
  #wrongPongMs = Number.NEGATIVE_INFINITY

  constructor(port: number, options: RawClientOptions = {}) {
    this.#options = options
    // Each client needs its own buffer: part of a frame may stay in it until the next read.
    const buffer = Buffer.alloc(options.bytesPerS === undefined ? READ_BYTES : PIECE_BYTES)
    const callback = (byteCount: number): boolean => this.#read(Buffer.from(buffer.subarray(0, byteCount)))
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer, callback },
      ...(options.from === undefined ? {} : { localAddress: options.from }),
    })
    this.#socket.on('connect', () => this.#socket.write(handshakeRequest(options.path)))
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => options.onClosed?.(this.#closeCode))
  }

  /** Nothing may be sent before. */
  get isOpen(): boolean {
    return this.#isUpgraded
  }

  stop(): void {
    this.isStopped = true
    this.#socket.pause()
  }

  resume(): void {
    this.isStopped = false
    this.#socket.resume()
  }

  ping(payload: Buffer): void {
    this.#send(Opcode.ping, payload)
  }

  close(): void {
    this.#socket.destroy()
  }

  /** False: stop reading for now. */
  #read(chunk: Buffer): boolean {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.#isUpgraded) this.#readUpgrade()
    if (this.#isUpgraded) this.#readFrames()
    return !this.isStopped && !this.#isAhead(chunk.length)
  }

  #readUpgrade(): void {
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end === -1) return
    this.#isUpgraded = true
    this.#rest = this.#rest.subarray(end + 4)
    this.#options.onOpen?.()
  }

  #readFrames(): void {
    let offset = 0
    let newestPing: Buffer | undefined
    for (;;) {
      const head = headOf(this.#rest, offset)
      if (head === undefined || offset + head.bytes + head.payloadBytes > this.#rest.length) break
      const payload = this.#rest.subarray(offset + head.bytes, offset + head.bytes + head.payloadBytes)
      offset += head.bytes + head.payloadBytes
      if (head.opcode === Opcode.ping) {
        this.pingCount += 1
        newestPing = payload
        if (this.#options.pongs !== 'newest') this.#answer(payload)
      } else this.#take(head.opcode, payload)
    }
    if (newestPing !== undefined && this.#options.pongs === 'newest') this.#answer(newestPing)
    this.#rest = this.#rest.subarray(offset)
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.close) {
      this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
      this.#send(Opcode.close, payload.subarray(0, 2))
      this.#socket.end()
    } else if (opcode === Opcode.pong) this.#options.onPong?.(payload)
    else {
      this.frameCount += 1
      this.byteCount += payload.length
      this.#options.onText?.(payload.toString('latin1'))
    }
  }

  #answer(payload: Buffer): void {
    const { pongs = 'all', pongMs = 0 } = this.#options
    if (pongs === 'none' || (pongs === 'wrong' && performance.now() - this.#wrongPongMs < WRONG_PONG_MS)) return
    this.#wrongPongMs = performance.now()
    const answer = pongs === 'wrong' ? Buffer.alloc(payload.length, 0x3f) : payload
    if (pongMs === 0) this.#send(Opcode.pong, answer)
    else setTimeout(() => this.#send(Opcode.pong, answer), pongMs)
  }

  /** Ahead of its rate; if so, it resumes later. */
  #isAhead(byteCount: number): boolean {
    const { bytesPerS } = this.#options
    if (bytesPerS === undefined) return false
    const nowMs = performance.now()
    // Catches up after a late timer.
    this.#freeMs = Math.max(this.#freeMs, nowMs - 20) + (byteCount / bytesPerS) * 1_000
    if (this.#freeMs <= nowMs) return false
    setTimeout(() => {
      if (!this.isStopped) this.#socket.resume()
    }, this.#freeMs - nowMs)
    return true
  }

  #send(opcode: number, payload: Buffer): void {
    if (this.#socket.writable) this.#socket.write(frameOf(opcode, payload))
  }
}

interface Head {
  readonly opcode: number
  readonly bytes: number
  readonly payloadBytes: number
}

/** Undefined while it is incomplete. */
export function headOf(bytes: Buffer, offset: number): Head | undefined {
  if (bytes.length < offset + 2) return undefined
  const opcode = bytes[offset]! & 0xf
  const short = bytes[offset + 1]! & 0x7f
  if (short < 126) return { opcode, bytes: 2, payloadBytes: short }
  const headBytes = short === 126 ? 4 : 10
  if (bytes.length < offset + headBytes) return undefined
  const payloadBytes = short === 126 ? bytes.readUInt16BE(offset + 2) : Number(bytes.readBigUInt64BE(offset + 2))
  return { opcode, bytes: headBytes, payloadBytes }
}
