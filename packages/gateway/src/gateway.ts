// A gateway: its port, its clients and its merge. Sockets and a timer drive it; its turns are those of the merge, the agent that
// the runner of the thread is given, which also closes the gateway. A thread that exits with uWebSockets.js handles open aborts
// the whole process, so the code that starts a gateway also calls `closeNow` when the thread exits for any reason.

import assert from 'node:assert/strict'
import { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { ClientCounts } from '@tradelane/shared/thread/client-counts'
import { Clock, monotonicMs, monotonicUs } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortGate } from '@tradelane/shared/thread/port-gate'
import type { GatewayStart, LateTradePost, SupervisorToGateway } from '@tradelane/shared/thread/thread-messages'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import { Admission } from './admission.js'
import { BoardSet } from './board-set.js'
import { Chores } from './chores.js'
import { ClientAccess } from './client-access.js'
import { ClientPort } from './client-port.js'
import { ClientPublisher } from './client-publisher.js'
import { ClientServer } from './client-server.js'
import { ClientTicks } from './client-ticks.js'
import { serveHttp } from './http-endpoints.js'
import { TICK_MS } from './limits.js'
import { Looks } from './looks.js'
import type { Merge, NewMerge } from './merge.js'
import { Port } from './port.js'
import { RequestQueue } from './request-queue.js'
import { newSessionCounts } from './session.js'
import { SessionRing } from './session-ring.js'
import { HopStamps } from './tail/hop-stamps.js'
import { LateTradePoster } from './tail/late-trade-poster.js'
import type { App, Uws } from './uws.js'

/** What a gateway takes from its thread. With virtual parts it runs in virtual time, without a port. */
export interface GatewayParts {
  readonly uws: Uws
  readonly log: Log
  readonly newMerge: NewMerge
  readonly timers: Timers
  /** The only clock of the gateway; its milliseconds are derived from it. */
  readonly nowUs: () => MonotonicUs
  /** For the admin thread. */
  readonly postLateTrades: (message: LateTradePost) => void
}

export class Gateway {
  /** The agent of this gateway. */
  readonly merge: Merge
  readonly #timers: Timers
  readonly #port: ClientPort
  readonly #boards: BoardSet
  readonly #clients: ClientServer
  readonly #sessions: SessionRing
  readonly #timer: Timer
  #isStopping = false
  #isClosed = false
  #wake: () => void = () => {}

  constructor(start: GatewayStart, { uws, log, newMerge, timers, nowUs, postLateTrades }: GatewayParts) {
    const { stream, version, clientStallMs, admission, gateway, clientsMax, clientsPerIpMax } = start
    this.#timers = timers
    const clock = new Clock(start.clock)
    const counters = new Counters(start.counters, start.threadIndex)
    // One function for all gateways of a thread: what a warm-up compiled calls it in service too.
    const nowMs = nowUs === monotonicUs ? monotonicMs : (): number => nowUs() / 1_000
    const limitedLog = new RateLimitedLog(log, { nowMs })
    const reader = new TradeLogReader(start.tradeLog)
    this.#boards = new BoardSet([start.stateBoard, start.bookBoard], start.products, start.instruments)
    const stamps = new HopStamps(start.traces, start.threadIndex, nowUs)
    const sessions = new SessionRing()
    this.#sessions = sessions
    const looks = new Looks(reader, nowMs)
    const chores = new Chores()
    this.merge = newMerge({
      log: reader,
      boards: this.#boards,
      sessions,
      looks,
      chores,
      stream,
      counters,
      limitedLog,
      nowMs,
      stamps,
      close: () => this.#close(),
    })
    const publisher = new ClientPublisher({ table: start.clientTable, ordinal: gateway, log: reader, counters, nowUs })
    const queue = new RequestQueue({ timers, nowMs, counters, look: () => this.merge.look() })
    const clientCounts = new ClientCounts(admission, gateway)
    const counts = newSessionCounts()
    this.#clients = new ClientServer({
      admission: new Admission({ counts: clientCounts, clientsMax, clientsPerIpMax, counters, limitedLog, nowMs }),
      access: new ClientAccess({ rules: start.access, counters, limitedLog }),
      queue,
      log: reader,
      boards: this.#boards,
      merge: this.merge,
      publisher,
      sessions,
      counts,
      cell: new ThreadCell(start.control, start.threadIndex),
      counters,
      limitedLog,
      stream,
      version,
      timers,
      nowMs,
      wallUs: () => clock.toWallUs(nowUs()),
      wake: () => this.#wake(),
    })
    chores.add(new ClientTicks({ sessions, counts, looks, counters, limitedLog, clientStallMs }))
    chores.add(publisher)
    chores.add(new LateTradePoster(stamps, postLateTrades))
    const health = {
      isReady: () => this.#port.isListening && !this.#isStopping && this.#boards.hasLiveTradeLink(),
      notReadyReason: () => (this.#isStopping ? 'stopping' : 'no venue trade connection is live'),
    }
    const serve = (app: App): (() => number) => {
      const clientCount = this.#clients.serve(app)
      serveHttp({ app, health, queue, counters, nowMs })
      return clientCount
    }
    const release = (app: App): void => this.#clients.release(app)
    const { host, port, isExclusive, certificate } = start
    const gate = new PortGate(admission)
    const listener = new Port({ uws, gate, gateway, host, port, isExclusive, counters, limitedLog })
    this.#port = new ClientPort({ uws, port: listener, certificate, serve, release, counters, log, timers, nowMs })
    this.#timer = timers.setInterval(() => {
      this.#port.tick(nowMs())
      chores.makeDue()
      this.#wake()
    }, TICK_MS)
  }

  /** Returns the number of the port. Throws `PortInUseError`. */
  listen(): number {
    return this.#port.listen()
  }

  get clientCount(): number {
    return this.#sessions.size
  }

  /** Sets how socket events request a turn of the merge. Called by the code that runs it. */
  onWake(wake: () => void): void {
    assert(!this.#isClosed, 'a closed gateway takes no turns')
    this.#wake = wake
  }

  /** From the supervisor. */
  accept(message: SupervisorToGateway): void {
    if (message.type === 'certificate' && !this.#isStopping && !this.#isClosed) this.#port.renewCertificate()
  }

  /** Releases every native handle at once. Safe to call again. */
  closeNow(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timers.clear(this.#timer)
    this.#port.closeNow()
    assert(!this.#port.isListening, 'a closed gateway does not listen')
  }

  /** In order: the port, the clients, who get time to read why, the rest. */
  async #close(): Promise<void> {
    assert(!this.#isStopping, 'a gateway is closed once')
    this.#isStopping = true
    this.#port.stopListening()
    await this.#clients.endAll()
    if (!this.#isClosed) await this.#port.endHandshakes()
    this.closeNow()
  }
}
