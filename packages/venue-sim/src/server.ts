// The one port of the simulator: sockets and REST of every product below its prefix, and the control paths that tests use.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { Connection, type Outbox } from './connection.js'
import type { Protocol, RestHandler } from './dialect.js'
import { FEEDS, type Topics } from './topics.js'

const INBOUND_BYTES_MAX = 1 << 20

export interface Product {
  readonly name: string
  readonly topics: Topics
  readonly protocol: Protocol
  readonly rest: RestHandler
}

export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly products: readonly Product[]
  readonly outbox: Outbox
  flushJournal(): Promise<void>
  stats(): unknown
  log(message: string): void
}

export class VenueServer {
  readonly #options: ServerOptions
  readonly #http: Server
  readonly #upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: INBOUND_BYTES_MAX })
  readonly #connections = new Map<Connection, Product>()
  #connectionCount = 0

  private constructor(options: ServerOptions) {
    this.#options = options
    this.#http = createServer((request, response) => {
      this.#respond(request, response).catch((error: Error) => {
        options.log(`REST request failed: ${error.message}`)
        response.writeHead(500).end()
      })
    })
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** Rejects with the error of listen(), such as EADDRINUSE. */
  static async listen(options: ServerOptions): Promise<VenueServer> {
    const server = new VenueServer(options)
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', reject)
      server.#http.listen(options.port, options.host, () => {
        server.#http.off('error', reject)
        resolve()
      })
    })
    server.#http.on('error', error => options.log(`server: ${error.message}`))
    return server
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }

  get socketCount(): number {
    return this.#connections.size
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.keys()) connection.cut()
    const closed = new Promise<void>(resolve => this.#http.close(() => resolve()))
    this.#http.closeAllConnections()
    await closed
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const { product, path, query } = this.#locate(request)
    if (!product?.protocol.serves(path)) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.#upgrades.handleUpgrade(request, socket, head, webSocket => {
      this.#connectionCount += 1
      const connection = new Connection(connectionId(this.#connectionCount), webSocket, socket, this.#options.outbox)
      this.#connections.set(connection, product)
      webSocket.on('error', () => webSocket.terminate())
      webSocket.on('close', () => {
        connection.leave()
        this.#connections.delete(connection)
      })
      // A text frame is never a fragment list here: ws hands over one Buffer.
      webSocket.on('message', payload => product.protocol.receive(connection, payload.toString()))
      product.protocol.open(connection, path, query)
    })
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname.startsWith('/control/')) return this.#control(request, url, response)
    const { product, path, query } = this.#locate(request)
    const answer = request.method === 'GET' ? product?.rest(path, query) : undefined
    if (!answer) {
      sendJson(response, 404, '{}')
      return
    }
    sendJson(response, answer.status, answer.body, answer.headers)
  }

  async #control(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /control/cut':
        return this.#cut(url.searchParams, response)
      case 'POST /control/flush':
        await this.#options.flushJournal()
        sendJson(response, 200, '{}')
        return
      case 'GET /control/stats':
        sendJson(response, 200, JSON.stringify(this.#options.stats()))
        return
      default:
        sendJson(response, 404, '{}')
        return
    }
  }

  #cut(query: URLSearchParams, response: ServerResponse): void {
    const [name, feed] = [query.get('product'), query.get('feed')]
    const isKnown = this.#options.products.some(product => product.name === name)
    if (!isKnown || (feed !== null && !(FEEDS as readonly string[]).includes(feed))) {
      sendJson(response, 400, '{"error":"product must be one that is served, feed one of trade, state, book"}')
      return
    }
    let cut = 0
    for (const [connection, product] of this.#connections) {
      if (product.name !== name || (feed !== null && !connection.carries(feed))) continue
      connection.cut()
      cut += 1
    }
    sendJson(response, 200, JSON.stringify({ cut }))
  }

  #locate(request: IncomingMessage): { product: Product | undefined; path: string; query: URLSearchParams } {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const [, prefix = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(url.pathname) ?? []
    const product = this.#options.products.find(candidate => candidate.name === prefix)
    return { product, path: decodedPath(path), query: url.searchParams }
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
}

function connectionId(count: number): string {
  return `c${count.toString(36).padStart(12, '0')}-sim`
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
