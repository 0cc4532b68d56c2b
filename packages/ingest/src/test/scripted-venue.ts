// A small venue that does what a test scripts: one port of loopback with REST answers and WebSockets, both real. Used by
// this package's tests; the simulated venues that speak every dialect are a package of their own.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { until } from './recorded-log.js'

export type RestScript = (path: string, response: ServerResponse, request: IncomingMessage) => void

let venueCount = 0

/** So that no other server takes the port of a venue that refuses for a while. Elsewhere than on Linux there is one such address. */
function ownLoopback(): string {
  if (process.platform !== 'linux') return '127.0.0.1'
  venueCount += 1
  return `127.${1 + ((process.pid >> 8) & 127)}.${process.pid & 255}.${1 + (venueCount % 254)}`
}

export class ScriptedVenue {
  /** Every WebSocket that was opened, the ended ones too. */
  readonly peers: ScriptedPeer[] = []
  readonly requests: string[] = []
  /** What REST answers. */
  rest: RestScript = (_path, response) => response.writeHead(404).end()
  /** Called with each new one, before anything came on it. */
  onPeer: (peer: ScriptedPeer) => void = () => undefined
  /** How upgrades are answered: `mute` never does. */
  upgrades: 'accept' | 'refuse' | 'mute' = 'accept'
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #webSockets = new WebSocketServer({ noServer: true, maxPayload: 1 << 20 })
  readonly #host = ownLoopback()
  #port = 0

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '')
      this.rest(request.url ?? '', response, request)
    })
    this.#server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('upgrade', (request, socket: Socket, head) => this.#upgrade(request, socket, head))
  }

  static async open(): Promise<ScriptedVenue> {
    const venue = new ScriptedVenue()
    await venue.listen()
    return venue
  }

  /** Those that are open, in the order of their opening. */
  get openPeers(): ScriptedPeer[] {
    return this.peers.filter(peer => peer.isOpen)
  }

  get ws(): string {
    return `ws://${this.#host}:${this.#port}`
  }

  get httpUrl(): string {
    return `http://${this.#host}:${this.#port}`
  }

  /** Again on the same port, after `refuseAll`. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, this.#host, () => {
        this.#server.off('error', reject)
        this.#port = (this.#server.address() as AddressInfo).port
        resolve()
      })
    })
  }

  /** Cuts everything and refuses TCP connections from here on. */
  async refuseAll(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.refuseAll()
  }

  async peerCount(count: number, msMax?: number): Promise<ScriptedPeer> {
    await until(`${count} connections were opened`, () => this.peers.length >= count, msMax)
    return this.peers[count - 1] as ScriptedPeer
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.upgrades === 'mute') return
    if (this.upgrades === 'refuse') {
      socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, webSocket => {
      const peer = new ScriptedPeer(webSocket, socket, request.url ?? '')
      this.peers.push(peer)
      this.onPeer(peer)
    })
  }
}

/** The venue's end of one WebSocket. */
export class ScriptedPeer {
  readonly path: string
  readonly texts: string[] = []
  /** Answers each text of the client; null stays silent. */
  answer: (text: string) => string | null = () => null
  closeCode = 0
  readonly #webSocket: WebSocket
  readonly #socket: Socket

  constructor(webSocket: WebSocket, socket: Socket, path: string) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.path = path
    webSocket.on('message', message => this.#text(message.toString()))
    webSocket.on('error', () => undefined)
    webSocket.once('close', code => {
      this.closeCode = code
    })
  }

  get isOpen(): boolean {
    // A socket that was cut is closed for the library a little later, and for the other end at once.
    return this.#webSocket.readyState === this.#webSocket.OPEN && !this.#socket.destroyed
  }

  /** Bytes that the client did not take yet. */
  get unsentBytes(): number {
    return this.#webSocket.bufferedAmount
  }

  send(frame: string | object): void {
    this.#webSocket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  sendBinary(bytes: Buffer): void {
    this.#webSocket.send(bytes, { binary: true })
  }

  /** Bytes below the WebSocket protocol. */
  sendRaw(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Reads nothing from here on, and so answers nothing, not even a close frame. */
  holdAnswers(): void {
    this.#socket.pause()
  }

  ping(payload = ''): void {
    this.#webSocket.ping(payload)
  }

  onPong(listener: (payload: string) => void): void {
    this.#webSocket.on('pong', payload => listener(payload.toString()))
  }

  /** With a close frame. */
  close(code: number, reason = ''): void {
    this.#webSocket.close(code, reason)
  }

  /** Without one. */
  cut(): void {
    this.#socket.destroy()
  }

  #text(text: string): void {
    this.texts.push(text)
    const answer = this.answer(text)
    if (answer !== null) this.send(answer)
  }
}

/** Acknowledges as Binance does. */
export function binanceAck(text: string): string | null {
  const { id, method } = JSON.parse(text)
  return method === undefined ? null : JSON.stringify({ result: null, id })
}

/** Acknowledges as Bybit linear does. */
export function bybitAck(text: string): string | null {
  const { req_id: id, op } = JSON.parse(text)
  if (op === 'ping') return JSON.stringify({ success: true, ret_msg: 'pong', conn_id: 'c', req_id: id, op: 'ping' })
  return JSON.stringify({ success: true, ret_msg: '', conn_id: 'c', req_id: id, op })
}
