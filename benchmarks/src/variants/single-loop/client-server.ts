// The clients' side of the single-loop server, on `ws`: every frame is encoded once and sent to all clients, and a new client
// gets the newest state of each cell. A client that does not read first skips state and is then disconnected, so that memory is
// bounded.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serverFrameJson, welcomeFrame } from '@tradelane/shared/wire/server-frames'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FrameSink } from './frame-sink.js'

const STATE_BUFFERED_BYTES_MAX = 1 << 20
const BUFFERED_BYTES_MAX = 16 << 20
const SEND_OPTIONS = { binary: false, compress: false } as const

export class ClientServer implements FrameSink {
  readonly #http = createServer()
  readonly #clients = new Set<WebSocket>()
  readonly #newest = new Map<string, Buffer>()
  readonly #sequence: () => number

  /** `sequence` returns that of the newest lossless frame, for the welcome. */
  constructor(sequence: () => number) {
    this.#sequence = sequence
    const sockets = new WebSocketServer({ server: this.#http, perMessageDeflate: false })
    sockets.on('connection', socket => this.#join(socket))
  }

  /** Resolves with the port. */
  async listen(): Promise<number> {
    await new Promise<void>(resolve => this.#http.listen(0, '127.0.0.1', resolve))
    return (this.#http.address() as AddressInfo).port
  }

  sendLossless(json: string): void {
    const frame = Buffer.from(json)
    for (const client of this.#clients) {
      if (client.bufferedAmount > BUFFERED_BYTES_MAX) client.terminate()
      else client.send(frame, SEND_OPTIONS)
    }
  }

  sendState(cell: string, json: string): void {
    const frame = Buffer.from(json)
    this.#newest.set(cell, frame)
    for (const client of this.#clients) {
      if (client.bufferedAmount <= STATE_BUFFERED_BYTES_MAX) client.send(frame, SEND_OPTIONS)
    }
  }

  withdraw(cell: string): void {
    this.#newest.delete(cell)
  }

  #join(client: WebSocket): void {
    const wallUs = Date.now() * 1_000
    const welcome = welcomeFrame({ wallUs, stream: 'singloop', sequence: this.#sequence(), version: '0' })
    client.send(serverFrameJson(welcome))
    for (const frame of this.#newest.values()) client.send(frame, SEND_OPTIONS)
    client.on('error', () => client.terminate())
    client.on('close', () => this.#clients.delete(client))
    this.#clients.add(client)
  }
}
