// An intermediary that answers a server's pings by itself, as some load balancers and proxies do, and takes from the server all
// that it sends, whatever its client can take. To the server the path looks fast and empty.

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { clientFrame } from './client-frames.js'
import { FrameReader, Opcode } from './frame-reader.js'
import { JoinedSockets } from './joined-sockets.js'
import { Pacer } from './path-proxy.js'

const PIECE_BYTES = 4 * 1024
const HEADERS_END = '\r\n\r\n'

export class AnsweringProxy {
  readonly #server: Server
  readonly #sockets = new JoinedSockets()

  private constructor(target: URL, bytesPerS: number) {
    this.#server = createServer({ noDelay: true }, client => this.#accept(client, target, bytesPerS))
  }

  /** `bytesPerS`: what goes on to each client. */
  static async listen(url: string, bytesPerS: number): Promise<AnsweringProxy> {
    const proxy = new AnsweringProxy(new URL(url), bytesPerS)
    await new Promise<void>(resolve => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#sockets.destroy()
    this.#server.close()
  }

  #accept(client: Socket, target: URL, bytesPerS: number): void {
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true })
    const frames = new FrameReader((opcode, payload) => {
      if (opcode === Opcode.ping) upstream.write(clientFrame(Opcode.pong, payload))
    })
    const queue = new PacedQueue(client, bytesPerS)
    let isUpgraded = false
    upstream.on('data', bytes => {
      const end = isUpgraded ? 0 : bytes.indexOf(HEADERS_END) + HEADERS_END.length
      isUpgraded = true
      frames.read(bytes, end, bytes.length)
      queue.push(bytes)
    })
    client.on('data', bytes => upstream.write(bytes))
    this.#sockets.join(client, upstream)
  }
}

/** What was taken from the server and has not gone on to the client: without bound, which is the fault of such an intermediary. */
class PacedQueue {
  readonly #client: Socket
  readonly #pacer: Pacer
  readonly #pieces: Buffer[] = []
  #isWaiting = false

  constructor(client: Socket, bytesPerS: number) {
    this.#client = client
    this.#pacer = new Pacer(bytesPerS)
  }

  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) this.#pieces.push(bytes.subarray(at, at + PIECE_BYTES))
    if (!this.#isWaiting) this.#pass()
  }

  readonly #pass = (): void => {
    this.#isWaiting = false
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift()) {
      if (this.#client.writable) this.#client.write(piece)
      const waitMs = this.#pacer.take(piece.length, performance.now())
      if (waitMs <= 0) continue
      this.#isWaiting = true
      setTimeout(this.#pass, waitMs)
      return
    }
  }
}
