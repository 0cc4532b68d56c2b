// The WebSocket side of the port: upgrades on every path, one `Session` per client. What clients send goes to `client-input.ts`.

import assert from 'node:assert/strict'
import { Acknowledgement } from '@tradelane/shared/lanes/client-table'
import type { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { ThreadCell } from '@tradelane/shared/thread/parking'
import type { Timers } from '@tradelane/shared/thread/timers'
import {
  badSinceGapFrame,
  restartGapFrame,
  type ServerFrame,
  serverFrameJson,
  serverFramePacked,
  welcomeFrame,
} from '@tradelane/shared/wire/server-frames'
import type { Admission } from './admission.js'
import type { BoardSet } from './board-set.js'
import type { ClientAccess } from './client-access.js'
import { ClientInput } from './client-input.js'
import type { ClientPublisher } from './client-publisher.js'
import type { ClientQuery } from './client-query.js'
import { type ClientData, Handshakes } from './handshakes.js'
import { CLOSE_MS, IDLE_TIMEOUT_S, INBOUND_BYTES_MAX, UWS_BACKPRESSURE_BYTES_MAX } from './limits.js'
import type { Merge } from './merge.js'
import type { RequestQueue } from './request-queue.js'
import { Session, type SessionCounts } from './session.js'
import { Round, type SessionRing } from './session-ring.js'
import type { App, Socket } from './uws.js'

export interface ClientServerOptions {
  readonly admission: Admission
  readonly queue: RequestQueue
  readonly access: ClientAccess
  readonly log: TradeLogReader
  readonly boards: BoardSet
  readonly merge: Merge
  readonly publisher: ClientPublisher
  readonly sessions: SessionRing
  readonly counts: SessionCounts
  readonly cell: ThreadCell
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
  readonly stream: string
  readonly version: string
  readonly timers: Timers
  readonly nowMs: () => number
  readonly wallUs: () => number
  /** Requests a turn. */
  readonly wake: () => void
}

export class ClientServer {
  readonly #options: ClientServerOptions
  readonly #handshakes: Handshakes
  readonly #input: ClientInput
  #isEnding = false
  #isReleasing = false

  constructor(options: ClientServerOptions) {
    this.#options = options
    this.#handshakes = new Handshakes({ ...options, corkAnother: this.#corkAnother })
    this.#input = new ClientInput(options)
    // The clients of a predecessor are gone.
    options.counters.set('clientsConnected', 0)
  }

  /** Takes the WebSocket clients of this app. Returns how many it has. */
  serve(app: App): () => number {
    let clientCount = 0
    app.ws<ClientData>('/*', {
      compression: 0,
      maxPayloadLength: INBOUND_BYTES_MAX,
      maxBackpressure: UWS_BACKPRESSURE_BYTES_MAX,
      idleTimeout: IDLE_TIMEOUT_S,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => {
        this.#look()
        this.#handshakes.take(response, request, context)
      },
      open: socket => {
        clientCount += 1
        this.#open(socket)
      },
      message: (socket, message, isBinary) => {
        this.#look()
        const { session, rates } = socket.getUserData()
        if (session !== undefined) this.#input.message(session, rates, message, isBinary)
      },
      ping: socket => {
        this.#look()
        const { session, rates } = socket.getUserData()
        if (session !== undefined) this.#input.ping(session, rates)
      },
      pong: (socket, payload) => {
        this.#look()
        const { session, rates } = socket.getUserData()
        if (session !== undefined) this.#input.pong(session, rates, payload)
      },
      drain: () => this.#look(),
      close: (socket, code) => {
        clientCount -= 1
        assert(clientCount >= 0, 'a client leaves once')
        this.#closed(socket, code)
      },
    })
    return () => clientCount
  }

  /**
   * Sends every client a Close frame and waits until they had time to read it. uWebSockets.js reports a socket as closed once
   * that frame is written; released right then, a socket with unread pongs would be reset, and the client would not see why.
   */
  async endAll(): Promise<void> {
    assert(!this.#isEnding, 'clients are ended once')
    this.#isEnding = true
    const { sessions, timers, nowMs } = this.#options
    const leaving = sessions.sessions()
    for (const session of leaving) session.end(1001, 'server stops', nowMs())
    if (leaving.length > 0) await new Promise<void>(resolve => timers.setTimeout(resolve, CLOSE_MS))
  }

  /** Closes an app. Its sockets are released one by one, and meanwhile none may be used in the event of another. */
  release(app: App): void {
    assert(!this.#isReleasing, 'apps are closed one after the other')
    this.#isReleasing = true
    app.close()
    this.#isReleasing = false
  }

  /** At the start of each event. A turn follows: the time since this look is measured until then. */
  #look(): void {
    if (this.#isReleasing) return
    this.#options.merge.look()
    this.#options.wake()
  }

  readonly #corkAnother = (work: () => void): void => {
    const { sessions } = this.#options
    const next = sessions.at(Round.trades)
    const session = next?.isClosing ? sessions.sessions().find(each => !each.isClosing) : next
    session?.cork(work)
  }

  #open(socket: Socket<ClientData>): void {
    const { log, boards, counts, merge, cell, counters, publisher, stream, version } = this.#options
    this.#look()
    const data = socket.getUserData()
    const isPacked = data.query.format === 'msgpack'
    assert(data.session === undefined, 'a socket opens once')
    const newest = log.newest()
    const resumed = this.#resumedCursor(data.query, newest)
    const session = new Session({
      socket,
      address: data.address.text,
      isPacked,
      acknowledgesBy: data.query.acknowledgesBy,
      cursor: resumed ?? newest + 1,
      boards,
      counts,
      nowMs: this.#options.nowMs,
    })
    data.session = session
    merge.add(session)
    if (isPacked) cell.addMsgpackClients(1)
    publisher.add(session, { address: addressOf(socket), acknowledgement: Acknowledgement[data.query.acknowledgesBy] })
    counters.add('clientsTotal')
    if (data.query.since !== null) counters.add(resumed === null ? 'resumesRefused' : 'clientsResumed')
    const wallUs = this.#options.wallUs()
    session.cork(() => {
      session.sendServerFrame(encode(welcomeFrame({ wallUs, stream, sequence: newest, version }), isPacked))
      if (data.query.since !== null && resumed === null) {
        const gap = data.query.since === 'malformed' ? badSinceGapFrame(stream) : restartGapFrame(stream)
        session.sendServerFrame(encode(gap, isPacked))
      }
      session.credit.open()
    })
    // Its handshake was under way when the port was closed.
    if (this.#isEnding) session.end(1001, 'server stops', this.#options.nowMs())
  }

  /** Null where the client names no record of this stream. */
  #resumedCursor({ since }: ClientQuery, newest: number): number | null {
    if (since === null || since === 'malformed') return null
    const isKnown = since.stream === this.#options.stream && since.sequence <= newest
    return isKnown ? since.sequence + 1 : null
  }

  #closed(socket: Socket<ClientData>, code: number): void {
    this.#look()
    const data = socket.getUserData()
    const { session } = data
    assert(session !== undefined, 'a socket closes once, after it opened')
    data.session = undefined
    this.#options.admission.release(data.address)
    session.isClosing = true
    this.#options.merge.remove(session)
    this.#options.publisher.remove(session)
    if (session.isPacked) this.#options.cell.addMsgpackClients(-1)
    this.#options.limitedLog.write('debug', 'client disconnected', session.address, { code })
  }
}

/** A copy; none is known of a socket that its client has reset by now. */
function addressOf(socket: Socket<ClientData>): Uint8Array {
  const bytes = new Uint8Array(socket.getRemoteAddress().slice(0))
  return bytes.length === 4 || bytes.length === 16 ? bytes : UNKNOWN_ADDRESS
}

const UNKNOWN_ADDRESS = new Uint8Array(4)

function encode(frame: ServerFrame, isPacked: boolean): Uint8Array {
  return isPacked ? serverFramePacked(frame) : Buffer.from(serverFrameJson(frame))
}
