// The WebSocket side of the port: upgrades on every path, one `Session` per client, pongs to their credit. Whatever clients
// send is counted and ignored: existing ones send only pings, and no byte of theirs may disturb another client.

import type { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { ThreadCell } from '@tradelane/shared/thread/parking'
import type { Timers } from '@tradelane/shared/thread/timers'
import {
  restartGapFrame,
  type ServerFrame,
  serverFrameJson,
  serverFramePacked,
  welcomeFrame,
} from '@tradelane/shared/wire/server-frames'
import type { BoardSet } from './board-set.js'
import { type ClientQuery, readClientQuery } from './client-query.js'
import { CLOSE_MS, IDLE_TIMEOUT_S, INBOUND_BYTES_MAX, UWS_BACKPRESSURE_BYTES_MAX } from './limits.js'
import type { Merge } from './merge.js'
import { Session, type SessionCounts } from './session.js'
import type { App, HttpRequest, HttpResponse, Socket, SocketContext } from './uws.js'

export interface ClientServerOptions {
  readonly app: App
  readonly log: TradeLogReader
  readonly boards: BoardSet
  readonly merge: Merge
  readonly cell: ThreadCell
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
  readonly stream: string
  readonly version: string
  readonly clientStallMs: number
  readonly timers: Timers
  readonly nowMs: () => number
  readonly wallUs: () => number
  /** Asks for a turn. */
  readonly wake: () => void
}

interface Connection {
  readonly query: ClientQuery
  session: Session | undefined
}

export class ClientServer {
  readonly #options: ClientServerOptions
  readonly #sessions = new Set<Session>()
  #isEnding = false
  readonly #counts: SessionCounts = { framesSent: 0, bytesSent: 0, sendsFailed: 0 }

  constructor(options: ClientServerOptions) {
    this.#options = options
    options.app.ws<Connection>('/*', {
      compression: 0,
      maxPayloadLength: INBOUND_BYTES_MAX,
      maxBackpressure: UWS_BACKPRESSURE_BYTES_MAX,
      idleTimeout: IDLE_TIMEOUT_S,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => this.#upgrade(response, request, context),
      open: socket => this.#open(socket),
      message: socket => this.#ignore(socket),
      pong: (socket, payload) => this.#pong(socket, payload),
      drain: () => options.wake(),
      close: (socket, code) => this.#closed(socket, code),
    })
  }

  get clientCount(): number {
    return this.#sessions.size
  }

  /** From the shared timer: pings that are due, clients that stalled, counters. */
  tick(nowMs: number): void {
    const { counters, limitedLog, clientStallMs } = this.#options
    let isWakeDue = false
    let pingCount = 0
    for (const session of this.#sessions) {
      if (session.isClosing) {
        session.cutOffIfStuck(nowMs)
        continue
      }
      session.credit.tick(nowMs)
      pingCount += session.credit.takePingCount()
      // What waits for time and not for a pong: paced clients, and trades of clients that never answer.
      if (session.credit.isSilent(nowMs)) isWakeDue = true
      if (session.stalledMs(nowMs) < clientStallMs) continue
      counters.add('clientsStalled')
      limitedLog.write('warn', 'a client that took nothing for too long was ended', session.address, { clientStallMs })
      session.end(1013, 'stalled', nowMs)
    }
    counters.add('pings', pingCount)
    counters.set('clientsConnected', this.#sessions.size)
    counters.set('framesSent', this.#counts.framesSent)
    counters.set('bytesSent', this.#counts.bytesSent)
    counters.set('sendsFailed', this.#counts.sendsFailed)
    if (isWakeDue) this.#options.wake()
  }

  /**
   * Sends every client a Close frame, and gives them time to read it. uWebSockets.js tells of the end of a socket when that
   * frame is written; released at once, one whose client just answered a ping would be reset, and the client never told why.
   */
  async endAll(): Promise<void> {
    this.#isEnding = true
    const { timers, nowMs } = this.#options
    const leaving = [...this.#sessions]
    for (const session of leaving) session.end(1001, 'server stops', nowMs())
    if (leaving.length > 0) await new Promise<void>(resolve => timers.setTimeout(resolve, CLOSE_MS))
  }

  #upgrade(response: HttpResponse, request: HttpRequest, context: SocketContext): void {
    const connection: Connection = { query: readClientQuery(request.getQuery() ?? ''), session: undefined }
    response.upgrade(
      connection,
      request.getHeader('sec-websocket-key'),
      // No subprotocol and no extension: clients use none, and compression would cost more than it saves.
      '',
      '',
      context,
    )
  }

  #open(socket: Socket<Connection>): void {
    const { log, boards, merge, cell, counters, stream, version } = this.#options
    const connection = socket.getUserData()
    const isPacked = connection.query.format === 'msgpack'
    const newest = log.newest()
    const session = new Session({
      socket,
      address: Buffer.from(socket.getRemoteAddressAsText()).toString(),
      isPacked,
      cursor: newest + 1,
      boards,
      counts: this.#counts,
      nowMs: this.#options.nowMs,
    })
    connection.session = session
    this.#sessions.add(session)
    merge.add(session)
    if (isPacked) cell.addMsgpackClients(1)
    counters.add('clientsTotal')
    const wallUs = this.#options.wallUs()
    session.cork(() => {
      session.sendServerFrame(encode(welcomeFrame({ wallUs, stream, sequence: newest, version }), isPacked))
      this.#resume(session, connection.query, newest)
      session.credit.open()
    })
    // It was in the middle of its handshake when the port was closed.
    if (this.#isEnding) session.end(1001, 'server stops', this.#options.nowMs())
    // State and books come with the next turn, which knows whether trades go before them.
    this.#options.wake()
  }

  #resume(session: Session, { since }: ClientQuery, newest: number): void {
    if (since === null) return
    const { stream } = this.#options
    if (since.stream === stream && since.sequence <= newest) session.cursor = since.sequence + 1
    else session.sendServerFrame(encode(restartGapFrame(stream), session.isPacked))
  }

  #ignore(socket: Socket<Connection>): void {
    const session = socket.getUserData().session
    this.#options.counters.add('clientFramesIgnored')
    if (session === undefined) return
    this.#options.limitedLog.write('debug', 'a client sent a message; messages are ignored', session.address)
  }

  #pong(socket: Socket<Connection>, payload: ArrayBuffer): void {
    const session = socket.getUserData().session
    if (session === undefined) return
    const nowMs = this.#options.nowMs()
    if (!session.credit.onPong(Buffer.from(payload), nowMs)) {
      this.#options.counters.add('pongsUnmatched')
      return
    }
    this.#options.counters.add('pongs')
    session.progressed(nowMs)
    this.#options.wake()
  }

  #closed(socket: Socket<Connection>, code: number): void {
    const connection = socket.getUserData()
    const { session } = connection
    if (session === undefined) return
    connection.session = undefined
    session.isClosing = true
    this.#sessions.delete(session)
    this.#options.merge.remove(session)
    if (session.isPacked) this.#options.cell.addMsgpackClients(-1)
    this.#options.limitedLog.write('debug', 'a client left', session.address, { code })
  }
}

function encode(frame: ServerFrame, isPacked: boolean): Uint8Array {
  return isPacked ? serverFramePacked(frame) : Buffer.from(serverFrameJson(frame))
}
