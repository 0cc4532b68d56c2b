// The other end of ingest's warm-up: a loopback socket in the same thread that accepts any connection to a venue and sends it
// sample frames. It reads nothing but handshakes, and sends bytes that it frames itself: it costs little beside what it warms.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket as TcpSocket } from 'node:net'
import type { Feed } from '@tradelane/shared/market/nouns'
import type { Product } from '@tradelane/venues/venue'
import type { SocketOptions } from './connection/socket.js'
import type { Fetch } from './rest/fetch.js'

/** Of each connection: what it is sent in a round. */
interface SampleConnection {
  readonly socket: TcpSocket
  readonly feed: string
  readonly product: Product
  readonly symbols: readonly string[]
  /** That it was sent. */
  frameCount: number
}

const HANDSHAKE_END = '\r\n\r\n'
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const TEXT_FRAME = 0x81
const LENGTH_16 = 126
/** Longer frames need another form of their length; samples are shorter. */
const FRAME_BYTES_MAX = 65_535
/** More than in service mostly: what works frame by frame takes the longest to be compiled. */
const FRAMES_PER_CHUNK = 3
const FEED_PARAMETER = '?feed='

export class SampleVenue {
  readonly #server: Server
  readonly #connections: SampleConnection[] = []
  readonly #sockets = new Set<TcpSocket>()
  readonly #products = new Map<string, { product: Product; symbols: readonly string[] }>()

  constructor(server: Server) {
    this.#server = server
    server.on('connection', socket => this.#accept(socket))
  }

  /** Ready to accept. */
  static async open(): Promise<SampleVenue> {
    const server = createServer({ noDelay: true })
    const venue = new SampleVenue(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return venue
  }

  /** The endpoint of a product, whose connections are sent frames of these symbols. */
  add(product: Product, symbols: readonly string[]): string {
    this.#products.set(product.id, { product, symbols })
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${product.id}`
  }

  /** With the feed, which sockets do not name otherwise. */
  urlOf(url: string, { isPausable, events }: SocketOptions): string {
    const pausable: Feed = events.onChunkEnd === undefined ? 'state' : 'book'
    return `${url}${FEED_PARAMETER}${isPausable ? pausable : 'trade'}`
  }

  /** Every request is answered, with nothing that anyone could use. */
  readonly fetch: Fetch = async () => {
    let isRead = false
    return {
      status: 200,
      ok: true,
      headers: { get: () => null },
      body: {
        getReader: () => ({
          read: async () => {
            if (isRead) return { done: true }
            isRead = true
            return { done: false, value: new Uint8Array(Buffer.from('{}')) }
          },
          cancel: async () => {},
        }),
      },
    }
  }

  /** One round: frames for each connection, in the shares in which venues send them. */
  send(atMs: number): void {
    for (const connection of this.#connections) {
      const { socket, feed, product, symbols } = connection
      const { trade, top, delta } = product.sampleFrames
      const sample = feed === 'trade' ? trade : feed === 'state' ? top : delta
      const frames = Array.from({ length: FRAMES_PER_CHUNK }, (_, index) => {
        const at = connection.frameCount + index
        return frameOf(sample(symbols[at % symbols.length] as string, Math.floor(at / symbols.length) + 1, atMs))
      })
      connection.frameCount += frames.length
      socket.write(Buffer.concat(frames))
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #accept(socket: TcpSocket): void {
    this.#sockets.add(socket)
    let head = ''
    // It ends with the warm-up, whatever happens to it.
    socket.on('error', () => {})
    socket.on('data', chunk => {
      if (head.endsWith(HANDSHAKE_END)) return
      head += chunk.toString('latin1')
      if (head.endsWith(HANDSHAKE_END)) this.#answer(socket, head)
    })
  }

  #answer(socket: TcpSocket, head: string): void {
    const [, productId = '', feed = ''] = /^GET \/([^/?]+)[^ ]*\?feed=(\w+) /.exec(head) ?? []
    const [, key = ''] = /sec-websocket-key: (\S+)/i.exec(head) ?? []
    const found = this.#products.get(productId)
    if (found === undefined) return
    const accept = createHash('sha1')
      .update(key + WEBSOCKET_GUID)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}${HANDSHAKE_END}`,
    )
    this.#connections.push({ socket, feed, ...found, frameCount: 0 })
  }
}

function frameOf(text: string): Buffer {
  const length = Math.min(Buffer.byteLength(text), FRAME_BYTES_MAX)
  const headBytes = length < LENGTH_16 ? 2 : 4
  const frame = Buffer.allocUnsafe(headBytes + length)
  frame[0] = TEXT_FRAME
  frame[1] = Math.min(length, LENGTH_16)
  if (length >= LENGTH_16) frame.writeUInt16BE(length, 2)
  frame.write(text, headBytes)
  return frame
}
