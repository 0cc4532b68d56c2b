// One connection of an attacker: raw bytes, any handshake, reading or not. Everything that the server does to it is tallied.

import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { clientFrame, upgradeRequest } from '../network/client-frames.js'
import { FrameReader, Opcode } from '../network/frame-reader.js'
import type { AttackContext } from './attack.js'
import { count } from './tally.js'

export interface Handshake {
  readonly path?: string
  /** Each `Name: value`. */
  readonly headers?: readonly string[]
}

export interface AttackSocketOptions {
  /** A WebSocket handshake, sent once connected. Absent: the attack writes what it likes. */
  readonly handshake?: Handshake
  /** `all` if absent, and pings are answered. `trickle`: a byte a second. Both others read the answer to their handshake. */
  readonly reading?: 'all' | 'nothing' | 'trickle'
  readonly onConnected?: (socket: AttackSocket) => void
  /** The handshake was answered with 101. */
  readonly onUpgraded?: (socket: AttackSocket) => void
  /** Once, whichever side ended the connection. */
  readonly onEnded?: () => void
}

const READ_BYTES = 64 * 1024
const TRICKLE_MS = 1_000
const ANSWER = 'HTTP/1.1 '
const STATUS_CHARS = 3
const HEADERS_END = '\r\n\r\n'
const STREAM = /"stream":"(\w+)"/

/** All sockets of the process share it: each read is handled before the next one. */
const readBuffer = Buffer.alloc(READ_BYTES)

export class AttackSocket {
  readonly #context: AttackContext
  readonly #options: AttackSocketOptions
  readonly #socket: Socket
  readonly #frames = new FrameReader((opcode, payload) => this.#onFrame(opcode, payload))
  #isConnected = false
  #isUpgraded = false
  #isEnding = false
  #isEnded = false
  #answerCount = 0
  /** The end of what was read of answers: a head may be cut in two. */
  #rest = ''
  #closedBy = 'none'

  constructor(context: AttackContext, options: AttackSocketOptions = {}) {
    this.#context = context
    this.#options = options
    this.#socket = context.isSecure ? this.#openSecure() : this.#openPlain()
    context.sockets.add(this)
    this.#socket.on('connect', () => {
      context.tally.connections += 1
      this.#isConnected = true
    })
    this.#socket.on(context.isSecure ? 'secureConnect' : 'connect', () => this.#onReady())
    this.#socket.on('error', error => {
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') this.#closedBy = 'reset'
    })
    this.#socket.on('close', () => this.#onEnded())
  }

  get isOpen(): boolean {
    return this.#isConnected && !this.#isEnded && this.#socket.writable
  }

  get isUpgraded(): boolean {
    return this.#isUpgraded && this.isOpen
  }

  /** Bytes that the server has not taken. */
  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  write(bytes: string | Uint8Array): void {
    if (!this.isOpen) return
    this.#context.tally.bytesSent += bytes.length
    this.#socket.write(bytes)
  }

  /** Without a Close frame. */
  destroy(): void {
    this.#isEnding = true
    this.#socket.destroy()
  }

  #openPlain(): Socket {
    const { reading = 'all' } = this.#options
    const isTrickling = reading === 'trickle'
    const buffer = isTrickling ? Buffer.alloc(1) : readBuffer
    const callback = (byteCount: number): boolean => {
      this.#onData(buffer.subarray(0, byteCount))
      if (reading === 'all' || (this.#options.handshake !== undefined && !this.#isUpgraded)) return true
      if (isTrickling) setTimeout(() => this.#socket.resume(), TRICKLE_MS)
      return false
    }
    const socket = connect({ ...this.#route(), noDelay: true, onread: { buffer, callback } })
    if (reading === 'nothing' && this.#options.handshake === undefined) socket.pause()
    return socket
  }

  #openSecure(): Socket {
    // What an attacker thinks of the certificate does not matter.
    const socket = connectTls({ ...this.#route(), rejectUnauthorized: false })
    return socket.on('data', chunk => this.#onData(chunk))
  }

  #route(): { host: string; port: number; localAddress: string } {
    const { address, from, tally } = this.#context
    const localAddress = from[(tally.connections + tally.refused) % from.length] as string
    return { host: address.host, port: address.port, localAddress }
  }

  /** Bytes can be written. */
  #onReady(): void {
    const { handshake } = this.#options
    if (handshake !== undefined) {
      const { path = '/', headers = [] } = handshake
      const { host, port } = this.#context.address
      this.write(upgradeRequest({ host: `${host}:${port}`, path, headers }))
    }
    this.#options.onConnected?.(this)
  }

  #onData(chunk: Buffer): void {
    this.#context.tally.bytesReceived += chunk.length
    const offset = this.#isUpgraded ? 0 : this.#readAnswers(chunk)
    this.#frames.read(chunk, offset, chunk.length)
  }

  /** Returns where frames begin. */
  #readAnswers(chunk: Buffer): number {
    const { tally } = this.#context
    const text = this.#rest + chunk.toString('latin1')
    let after = 0
    for (let at = text.indexOf(ANSWER); at !== -1; at = text.indexOf(ANSWER, after)) {
      const status = text.slice(at + ANSWER.length, at + ANSWER.length + STATUS_CHARS)
      const end = text.indexOf(HEADERS_END, at)
      if (status.length < STATUS_CHARS || end === -1) break
      after = end + HEADERS_END.length
      count(tally.answers, status)
      this.#answerCount += 1
      tally.answersPerConnectionMax = Math.max(tally.answersPerConnectionMax, this.#answerCount)
      if (status === '101' && this.#options.handshake !== undefined) {
        const restBytes = this.#rest.length
        this.#rest = ''
        this.#onUpgraded(text.slice(after))
        return Math.max(0, after - restBytes)
      }
    }
    const next = text.indexOf(ANSWER, after)
    this.#rest = next === -1 ? text.slice(Math.max(after, text.length - ANSWER.length + 1)) : text.slice(next)
    return chunk.length
  }

  #onUpgraded(welcome: string): void {
    this.#isUpgraded = true
    this.#context.tally.upgrades += 1
    this.#context.stream = STREAM.exec(welcome)?.[1] ?? this.#context.stream
    this.#options.onUpgraded?.(this)
  }

  #onFrame(opcode: number, payload: Buffer): void {
    count(this.#context.tally.frames, opcode)
    if (opcode === Opcode.ping) this.write(clientFrame(Opcode.pong, payload))
    if (opcode !== Opcode.close) return
    this.#closedBy = payload.length >= 2 ? String(payload.readUInt16BE(0)) : '1005'
    this.#socket.end()
  }

  #onEnded(): void {
    this.#isEnded = true
    this.#context.sockets.delete(this)
    if (!this.#isEnding && !this.#context.signal.aborted) {
      if (this.#isConnected) count(this.#context.tally.closes, this.#closedBy)
      else this.#context.tally.refused += 1
    }
    this.#options.onEnded?.()
  }
}
