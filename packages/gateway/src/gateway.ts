// A gateway: its port, its clients and its merge. Sockets and a timer drive it; its turns are those of the merge, the agent that
// the runner of the thread is given, which also closes the gateway. A thread that exits with uWebSockets.js handles open aborts
// the whole process, so the code that starts a gateway also calls `closeNow` when the thread exits for any reason.

import assert from 'node:assert/strict'
import { TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { type Log, RateLimitedLog } from '@tradelane/shared/thread/log'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { GatewayStart } from '@tradelane/shared/thread/thread-messages'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import { BoardSet } from './board-set.js'
import { ClientServer } from './client-server.js'
import { serveHttp, serveTail } from './http-endpoints.js'
import { TICK_MS } from './limits.js'
import type { Merge, NewMerge } from './merge.js'
import { Tail } from './tail/tail.js'
import { type App, LISTEN_EXCLUSIVE, LISTEN_SHARED, type ListenSocket, type Uws } from './uws.js'

/** What a gateway takes from its thread. With virtual parts it runs in virtual time, without a port. */
export interface GatewayParts {
  readonly uws: Uws
  readonly log: Log
  readonly newMerge: NewMerge
  readonly timers: Timers
  /** The only clock of the gateway; its milliseconds are derived from it. */
  readonly nowUs: () => MonotonicUs
}

/** Also for a port that this process may not open. */
export class PortInUseError extends Error {
  readonly code = 'ERR_PORT_IN_USE'
}

export class Gateway {
  /** The agent of this gateway. */
  readonly merge: Merge
  readonly #start: GatewayStart
  readonly #uws: Uws
  readonly #timers: Timers
  readonly #app: App
  readonly #boards: BoardSet
  readonly #tail: Tail
  readonly #clients: ClientServer
  readonly #tick: Timer
  #listening: ListenSocket | undefined
  #isStopping = false
  #isClosed = false
  #wake: () => void = () => {}

  constructor(start: GatewayStart, { uws, log, newMerge, timers, nowUs }: GatewayParts) {
    this.#start = start
    this.#uws = uws
    this.#timers = timers
    this.#app = uws.App()
    const clock = new Clock(start.clock)
    const counters = new Counters(start.counters, start.threadIndex)
    const nowMs = (): number => nowUs() / 1_000
    const limitedLog = new RateLimitedLog(log, { nowMs })
    const reader = new TradeLogReader(start.tradeLog)
    this.#boards = new BoardSet([start.stateBoard, start.bookBoard], start.products, start.instruments)
    const { stream, version, clientStallMs } = start
    this.#tail = new Tail(start, nowUs)
    const { stamps } = this.#tail
    this.merge = newMerge({
      log: reader,
      boards: this.#boards,
      stream,
      counters,
      limitedLog,
      nowMs,
      stamps,
      close: () => this.#close(),
    })
    this.#clients = new ClientServer({
      app: this.#app,
      log: reader,
      boards: this.#boards,
      merge: this.merge,
      cell: new ThreadCell(start.control, start.threadIndex),
      counters,
      limitedLog,
      stream,
      version,
      clientStallMs,
      timers,
      nowMs,
      wallUs: () => clock.toWallUs(nowUs()),
      wake: () => this.#wake(),
    })
    serveTail(this.#app, this.#tail)
    serveHttp(this.#app, {
      isReady: () => this.#listening !== undefined && !this.#isStopping && this.#boards.hasLiveTradeLink(),
      notReadyReason: () => (this.#isStopping ? 'stopping' : 'no venue trade connection is live'),
    })
    this.#tick = timers.setInterval(() => {
      const tickMs = nowMs()
      this.#clients.tick(tickMs)
      this.#tail.tick(tickMs)
    }, TICK_MS)
  }

  /** Resolves to the port. Throws `PortInUseError`. */
  listen(): number {
    const { host, port, isExclusive } = this.#start
    assert(this.#listening === undefined, 'the port is opened once')
    let opened: ListenSocket | false = false
    // Called back before `listen` returns.
    this.#app.listen(host, port, isExclusive ? LISTEN_EXCLUSIVE : LISTEN_SHARED, listening => {
      opened = listening
    })
    if (opened === false) throw new PortInUseError(`${host}:${port} cannot be opened: it is in use or not allowed`)
    this.#listening = opened
    return this.#uws.us_socket_local_port(opened)
  }

  /** Sets how socket events request a turn of the merge. Called by the code that runs it. */
  onWake(wake: () => void): void {
    assert(!this.#isClosed, 'a closed gateway takes no turns')
    this.#wake = wake
  }

  /** Releases every native handle at once. Safe to call again. */
  closeNow(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timers.clear(this.#tick)
    this.#stopListening()
    assert(this.#listening === undefined, 'a closed gateway does not listen')
    this.#app.close()
  }

  /** In order: the port, the clients, who get time to read why, the rest. */
  async #close(): Promise<void> {
    assert(!this.#isStopping, 'a gateway is closed once')
    this.#isStopping = true
    this.#stopListening()
    await this.#clients.endAll()
    this.closeNow()
  }

  #stopListening(): void {
    assert(this.#isStopping || this.#isClosed, 'the port is closed only when the gateway stops')
    if (this.#listening !== undefined) this.#uws.us_listen_socket_close(this.#listening)
    this.#listening = undefined
  }
}
