// A TCP proxy between clients and the server that makes their network path slow or long. It reads from the server in small
// pieces at the path's rate: what the server sends faster stays in the kernel's buffers, as with any slow reader.

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { JoinedSockets } from './joined-sockets.js'
import { farNamespace, PLAIN_CABLE } from './link.js'
import type { NetworkPath } from './network-path.js'

/** What the path carries in this time is read at once; larger pieces would acknowledge a frame long before it has arrived. */
const PIECE_MS = 10
const PIECE_BYTES_MAX = 64 * 1024
/** In a far namespace, clients come over the plain cable. */
const PROXY_HOST = farNamespace === undefined ? '127.0.0.1' : PLAIN_CABLE.far

export class PathProxy {
  readonly #server: Server
  readonly #sockets = new JoinedSockets()
  /** The path's rate is that of all connections over it. */
  readonly #pacer: Pacer

  private constructor(target: URL, path: NetworkPath) {
    this.#server = createServer({ noDelay: true }, client => this.#accept(client, target, path))
    this.#pacer = new Pacer(path.bytesPerS ?? Number.POSITIVE_INFINITY)
  }

  static async listen(url: string, path: NetworkPath): Promise<PathProxy> {
    const proxy = new PathProxy(new URL(url), path)
    await new Promise<void>(resolve => proxy.#server.listen(0, PROXY_HOST, resolve))
    return proxy
  }

  get url(): string {
    return `ws://${PROXY_HOST}:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#sockets.destroy()
    this.#server.close()
  }

  #accept(client: Socket, target: URL, path: NetworkPath): void {
    const { bytesPerS = Number.POSITIVE_INFINITY } = path
    const buffer = Buffer.alloc(Math.min(PIECE_BYTES_MAX, Math.ceil((bytesPerS * PIECE_MS) / 1_000)))
    const callback = (byteCount: number): boolean => {
      // A copy, because the next read overwrites the buffer.
      deliver(client, Buffer.from(buffer.subarray(0, byteCount)), path.delayMs)
      const waitMs = this.#pacer.take(byteCount, performance.now())
      if (waitMs <= 0) return true
      setTimeout(() => upstream.resume(), waitMs)
      return false
    }
    const address = { host: path.serverHost ?? target.hostname, port: Number(target.port) }
    const upstream = connect({ ...address, noDelay: true, onread: { buffer, callback } })
    if (path.stop !== undefined) {
      const { afterMs, forMs } = path.stop
      setTimeout(() => upstream.pause(), afterMs)
      setTimeout(() => upstream.resume(), afterMs + forMs)
    }
    client.on('data', bytes => deliver(upstream, bytes, path.delayMs))
    this.#sockets.join(client, upstream)
  }
}

function deliver(to: Socket, bytes: Buffer, delayMs: number | undefined): void {
  if (delayMs === undefined) {
    if (to.writable) to.write(bytes)
  } else setTimeout(() => to.writable && to.write(bytes), delayMs)
}

/** Keeps a rate: computes how long to wait after each piece. Of unused time it saves at most what a late timer takes. */
export class Pacer {
  readonly #bytesPerS: number
  #freeMs = 0

  constructor(bytesPerS: number) {
    this.#bytesPerS = bytesPerS
  }

  take(byteCount: number, nowMs: number): number {
    this.#freeMs = Math.max(this.#freeMs, nowMs - PIECE_MS) + (byteCount / this.#bytesPerS) * 1_000
    return this.#freeMs - nowMs
  }
}
