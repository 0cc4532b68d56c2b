// The port of the simulator: sockets and REST of every product below its prefix, and the control paths that tests use.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import { Connection, type Outbox } from '../connection/connection.js'
import { FEEDS } from '../connection/topics.js'
import type { Lateness, LatenessStats } from '../schedule/lateness.js'
import type { EventCounts } from '../schedule/schedule.js'
import { ListFaults, readListFault } from './list-faults.js'
import type { HttpRefusal, Refusals } from './refusals.js'
import { type Site, subscriberCounts } from './site.js'

const INBOUND_BYTES_MAX = 1 << 20

interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly sites: readonly Site[]
  readonly outbox: Outbox
  readonly lateness: Lateness
  readonly refusals: Refusals
  /** Events so far. */
  counts(): Readonly<EventCounts>
  flushJournal(): Promise<void>
  /** Absent where frames come from a capture. Returns why it was refused, if it was. */
  changeScenario?(name: string): string | undefined
  /** Absent where frames come from a capture. Returns why it was refused, if it was. */
  changeListing?(product: string, symbol: string, state: string): string | undefined
  log(message: string): void
}

export interface SimulatorStats {
  /** Events of the market model by kind, with or without subscribers. */
  readonly events: Readonly<EventCounts>
  readonly framesSent: number
  readonly bytesSent: number
  readonly sockets: number
  /** Connections cut because they did not read. */
  readonly slowCut: number
  /** From the scheduled time to the write to the socket, for trades that had subscribers. */
  readonly tradeLateness: LatenessStats
  /** Subscribers per product and topic. */
  readonly topics: Readonly<Record<string, number>>
}

export class VenueServer {
  readonly #options: ServerOptions
  readonly #http: Server
  readonly #upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: INBOUND_BYTES_MAX })
  readonly #connections = new Map<Connection, Site>()
  readonly #listFaults = new ListFaults()
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
    server.#http.on('error', error => options.log(`server error: ${error.message}`))
    return server
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }

  stats(): SimulatorStats {
    const { outbox, sites, lateness, counts } = this.#options
    return {
      events: counts(),
      framesSent: outbox.framesSent,
      bytesSent: outbox.bytesSent,
      sockets: this.#connections.size,
      slowCut: outbox.slowCut,
      tradeLateness: lateness.stats(),
      topics: subscriberCounts(sites),
    }
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.keys()) connection.cut()
    const closed = new Promise<void>(resolve => this.#http.close(() => resolve()))
    this.#http.closeAllConnections()
    await closed
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const { site, path, query } = this.#locate(request)
    if (!site?.protocol.serves(path)) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const refusal = this.#options.refusals.of(site.prefix, 'handshake')
    if (refusal !== undefined) {
      socket.end(refusalHead(refusal))
      return
    }
    this.#upgrades.handleUpgrade(request, socket, head, webSocket => {
      this.#connectionCount += 1
      const connection = new Connection(connectionId(this.#connectionCount), webSocket, socket, this.#options.outbox)
      this.#connections.set(connection, site)
      webSocket.on('error', () => webSocket.terminate())
      webSocket.on('close', () => {
        connection.leave()
        this.#connections.delete(connection)
      })
      // ws passes a text frame as one Buffer, not as a list of fragments.
      webSocket.on('message', payload => this.#received(site, connection, payload.toString()))
      site.protocol.open(connection, path, query)
    })
  }

  #received(site: Site, connection: Connection, text: string): void {
    const refusal = this.#options.refusals.ofRequest(site.prefix, text)
    if (refusal === undefined) site.protocol.receive(connection, text)
    else connection.sendText(refusal)
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname.startsWith('/control/')) return this.#control(request, url, response)
    const { site, path, query } = this.#locate(request)
    const refusal = site && this.#options.refusals.of(site.prefix, 'rest')
    if (refusal !== undefined) {
      response.writeHead(refusal.status, refusal.headers).end(refusal.body)
      return
    }
    const answer = request.method === 'GET' ? site?.rest(path, query) : undefined
    if (!answer || site === undefined) {
      sendJson(response, 404, '{}')
      return
    }
    const { delayMs, status } = this.#listFaults.of(site.prefix, path)
    if (delayMs > 0) await sleep(delayMs, undefined, { ref: false })
    if (status !== 200) sendJson(response, status, '{}')
    else sendJson(response, answer.status, answer.body, answer.headers)
  }

  async #control(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /control/cut':
        return this.#cut(url.searchParams, response)
      case 'POST /control/refuse':
        return this.#refuse(url.searchParams, response)
      case 'POST /control/flush':
        await this.#options.flushJournal()
        sendJson(response, 200, '{}')
        return
      case 'POST /control/scenario': {
        const { changeScenario } = this.#options
        const name = url.searchParams.get('name') ?? ''
        const refusal = changeScenario ? changeScenario(name) : 'a capture has no scenario'
        if (refusal === undefined) sendJson(response, 200, '{}')
        else sendError(response, refusal)
        return
      }
      case 'POST /control/listing': {
        const [product, symbol, state] = ['product', 'symbol', 'state'].map(name => url.searchParams.get(name) ?? '')
        const { changeListing } = this.#options
        const refusal = changeListing ? changeListing(product!, symbol!, state!) : 'a capture has a fixed list'
        if (refusal === undefined) sendJson(response, 200, '{}')
        else sendError(response, refusal)
        return
      }
      case 'POST /control/lists':
        return this.#spoilLists(url.searchParams, response)
      case 'GET /control/stats':
        sendJson(response, 200, JSON.stringify(this.stats()))
        return
      default:
        sendJson(response, 404, '{}')
        return
    }
  }

  /** What the host of a product refuses from now on, for some seconds. */
  #refuse(query: URLSearchParams, response: ServerResponse): void {
    const site = this.#siteOf(query.get('product') ?? '', response)
    if (!site) return
    const fault = this.#options.refusals.set(site.prefix, query)
    if (fault === undefined) sendJson(response, 200, '{}')
    else sendError(response, fault)
  }

  #spoilLists(query: URLSearchParams, response: ServerResponse): void {
    const site = this.#siteOf(query.get('product') ?? '', response)
    if (!site) return
    const fault = readListFault(query)
    if (typeof fault === 'string') {
      sendError(response, fault)
      return
    }
    this.#listFaults.set(site.prefix, fault)
    sendJson(response, 200, '{}')
  }

  /** Undefined, and answered, where no site has this product. */
  #siteOf(name: string, response: ServerResponse): Site | undefined {
    const { sites } = this.#options
    const site = sites.find(({ products }) => products.some(product => product.name === name))
    if (!site) {
      const names = sites.flatMap(({ products }) => products.map(product => product.name))
      sendError(response, `invalid product "${name}"; expected one of ${names.join(', ')}`)
    }
    return site
  }

  #cut(query: URLSearchParams, response: ServerResponse): void {
    const [name, feed] = [query.get('product') ?? '', query.get('feed')]
    const site = this.#siteOf(name, response)
    if (!site) return
    if (feed !== null && !(FEEDS as readonly string[]).includes(feed)) {
      sendError(response, `invalid feed "${feed}"; expected one of ${FEEDS.join(', ')}, or none for all`)
      return
    }
    let cut = 0
    for (const [connection, ofSite] of this.#connections) {
      if (ofSite !== site || !isOfProduct(connection, site, name)) continue
      if (feed !== null && !connection.carries(feed)) continue
      connection.cut()
      cut += 1
    }
    sendJson(response, 200, JSON.stringify({ cut }))
  }

  #locate(request: IncomingMessage): { site: Site | undefined; path: string; query: URLSearchParams } {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const [, prefix = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(url.pathname) ?? []
    const site = this.#options.sites.find(candidate => candidate.prefix === prefix)
    return { site, path: decodedPath(path), query: url.searchParams }
  }
}

/** Where products share sockets, a connection belongs to those whose topics it has. */
function isOfProduct(connection: Connection, { products }: Site, name: string): boolean {
  if (products.length === 1) return true
  const topics = products.find(product => product.name === name)?.topics
  return [...connection.topics].some(topic => topics?.has(topic))
}

function refusalHead({ status, headers }: HttpRefusal): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Refused\r\n${lines.join('')}Connection: close\r\nContent-Length: 0\r\n\r\n`
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
}

function sendError(response: ServerResponse, error: string): void {
  sendJson(response, 400, JSON.stringify({ error }))
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
