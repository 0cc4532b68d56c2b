// Stands between one client and the server, byte by byte, and makes the line slow or long. It reads from the server in small
// pieces at the line's pace: what the server sends faster stays in the kernel's buffers, as with any slow reader.

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { LinkSpec } from './link-spec.js'

/** A slow reader's pieces: larger ones would acknowledge a frame long before the line has carried it. */
const PIECE_MS = 10
const PIECE_BYTES_MAX = 64 * 1024

export class LinkProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(target: URL, link: LinkSpec) {
    this.#server = createServer({ noDelay: true }, client => this.#join(client, target, link))
  }

  static async listen(url: string, link: LinkSpec): Promise<LinkProxy> {
    const proxy = new LinkProxy(new URL(url), link)
    await new Promise<void>(resolve => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #join(client: Socket, target: URL, link: LinkSpec): void {
    const { bytesPerS = Number.POSITIVE_INFINITY } = link
    const buffer = Buffer.alloc(Math.min(PIECE_BYTES_MAX, Math.ceil((bytesPerS * PIECE_MS) / 1_000)))
    const pace = new Pace(bytesPerS)
    const callback = (byteCount: number): boolean => {
      // A copy: the buffer is read into again.
      deliver(client, Buffer.from(buffer.subarray(0, byteCount)), link.delayMs)
      const waitMs = pace.take(byteCount, performance.now())
      if (waitMs <= 0) return true
      setTimeout(() => upstream.resume(), waitMs)
      return false
    }
    const address = { host: target.hostname, port: Number(target.port) }
    const upstream = connect({ ...address, noDelay: true, onread: { buffer, callback } })
    if (link.stop !== undefined) {
      const { afterMs, forMs } = link.stop
      setTimeout(() => upstream.pause(), afterMs)
      setTimeout(() => upstream.resume(), afterMs + forMs)
    }
    client.on('data', bytes => deliver(upstream, bytes, link.delayMs))
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
  }
}

function deliver(to: Socket, bytes: Buffer, delayMs: number | undefined): void {
  if (delayMs === undefined) {
    if (to.writable) to.write(bytes)
  } else setTimeout(() => to.writable && to.write(bytes), delayMs)
}

/** Says how long to wait after each piece so that the rate is kept; of unused time no more is saved up than a late timer takes. */
export class Pace {
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
