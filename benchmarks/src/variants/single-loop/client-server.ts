// The clients' side of the single-loop server, on `ws`: a new client gets the newest state of each cell. Every frame is encoded once,
// with its header, and what one turn of the loop has for the clients is one write to each of them, in the order in which it was
// decoded. A client that does not read first skips state and is then disconnected, so that memory is bounded.

import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { serverFrameJson, welcomeFrame } from '@tradelane/shared/wire/server-frames'
import { type WebSocket, WebSocketServer } from 'ws'
import { LISTEN_HOST } from '../../network/link.js'
import type { FrameSink } from './frame-sink.js'

const STATE_BUFFERED_BYTES_MAX = 1 << 20
const BUFFERED_BYTES_MAX = 16 << 20

export class ClientServer implements FrameSink {
  readonly #http = createServer()
  /** Their sockets below `ws`, which frames each message again for each client. */
  readonly #clients = new Map<WebSocket, Socket>()
  readonly #newest = new Map<string, Buffer>()
  readonly #sequence: () => number
  readonly #stateBufferedBytesMax: number
  #collected: Buffer[] = []
  #isFlushing = false
  readonly #flush = (): void => {
    this.#isFlushing = false
    this.#send(EMPTY)
  }

  /**
   * `sequence` returns that of the newest lossless frame, for the welcome. A client with more than `stateBufferedBytesMax` unsent
   * gets no state.
   */
  constructor(sequence: () => number, stateBufferedBytesMax = STATE_BUFFERED_BYTES_MAX) {
    this.#sequence = sequence
    this.#stateBufferedBytesMax = stateBufferedBytesMax
    const sockets = new WebSocketServer({ server: this.#http, perMessageDeflate: false })
    sockets.on('connection', (client, request) => this.#join(client, request.socket))
  }

  /** Resolves with the port. */
  async listen(): Promise<number> {
    await new Promise<void>(resolve => this.#http.listen(0, LISTEN_HOST, resolve))
    return (this.#http.address() as AddressInfo).port
  }

  /** At once, with the state before it. */
  sendLossless(json: string): void {
    this.#send(textFrame(json))
  }

  sendState(cell: string, json: string): void {
    const frame = textFrame(json)
    this.#newest.set(cell, frame)
    this.#collected.push(frame)
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(this.#flush)
  }

  withdraw(cell: string): void {
    this.#newest.delete(cell)
  }

  #send(lossless: Buffer): void {
    const states = this.#collected
    if (states.length > 0) this.#collected = []
    const all = states.length === 0 ? lossless : Buffer.concat([...states, lossless])
    if (all.length === 0) return
    for (const [client, { writableLength }] of this.#clients) {
      if (writableLength > BUFFERED_BYTES_MAX) client.terminate()
      else this.#write(client, writableLength > this.#stateBufferedBytesMax ? lossless : all)
    }
  }

  #write(client: WebSocket, bytes: Buffer): void {
    const socket = this.#clients.get(client)
    if (bytes.length > 0 && client.readyState === client.OPEN) socket?.write(bytes)
  }

  #join(client: WebSocket, socket: Socket): void {
    // Earlier clients get what is collected now; this one begins with the newest of each cell.
    this.#send(EMPTY)
    const wallUs = Date.now() * 1_000
    const welcome = welcomeFrame({ wallUs, stream: 'singloop', sequence: this.#sequence(), version: '0' })
    socket.write(Buffer.concat([textFrame(serverFrameJson(welcome)), ...this.#newest.values()]))
    client.on('error', () => client.terminate())
    client.on('close', () => this.#clients.delete(client))
    this.#clients.set(client, socket)
  }
}

const EMPTY = Buffer.alloc(0)
const TEXT_FINAL = 0x81
const SHORT_MAX = 125
const MEDIUM_MAX = 0xffff

/** A complete frame as a server sends it. */
function textFrame(json: string): Buffer {
  const length = Buffer.byteLength(json)
  const headerBytes = length <= SHORT_MAX ? 2 : length <= MEDIUM_MAX ? 4 : 10
  const frame = Buffer.allocUnsafe(headerBytes + length)
  frame[0] = TEXT_FINAL
  if (length <= SHORT_MAX) {
    frame[1] = length
  } else if (length <= MEDIUM_MAX) {
    frame[1] = SHORT_MAX + 1
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = SHORT_MAX + 2
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(json, headerBytes)
  return frame
}
