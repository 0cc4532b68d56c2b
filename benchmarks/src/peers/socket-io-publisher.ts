// A socket.io server in the single loop's own process: each frame is one `emit` to all clients. The library is not among this
// workspace's packages: it is loaded from a folder of its own.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { FrameSink } from '../variants/single-loop/frame-sink.js'
import { SOCKET_IO } from '../variants/variant-names.js'
import { PEER_PACKAGES } from './peer-packages.js'
import { SOCKET_IO_EVENT } from './socket-io-reader.js'

/** As much of socket.io as is used. */
interface SocketIoServer {
  close(): void
  emit(event: string, value: unknown): void
}
type SocketIoConstructor = new (http: ReturnType<typeof createServer>, options: object) => SocketIoServer

const OPTIONS = { transports: ['websocket'], perMessageDeflate: false, serveClient: false }

export class SocketIoPublisher implements FrameSink {
  readonly #http = createServer()
  readonly #server: SocketIoServer

  constructor() {
    const { Server } = createRequire(PEER_PACKAGES)(SOCKET_IO) as { Server: SocketIoConstructor }
    this.#server = new Server(this.#http, OPTIONS)
  }

  /** Resolves with the port. */
  async listen(): Promise<number> {
    await new Promise<void>(resolve => this.#http.listen(0, '127.0.0.1', resolve))
    return (this.#http.address() as AddressInfo).port
  }

  sendLossless(json: string): void {
    // An object, as programs on socket.io emit; the library makes its text again.
    this.#server.emit(SOCKET_IO_EVENT, JSON.parse(json))
  }

  sendState(_cell: string, json: string): void {
    this.sendLossless(json)
  }

  withdraw(): void {
    // It keeps no state of its own.
  }

  close(): void {
    this.#server.close()
  }
}
