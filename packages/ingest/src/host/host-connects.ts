// New connections to one host, over all products that it counts together: within its rate, not during its pauses, and in the
// order of use: trades, then state, then books.

import assert from 'node:assert/strict'
import type { Feed } from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { ConnectionLimits } from '@tradelane/venues/venue'
import type { IngestEnvironment } from '../ingest-environment.js'
import { ConnectBudget } from './connect-budget.js'
import type { Refusal } from './refusal.js'
import type { RefusalPauses } from './refusal-pauses.js'

export interface ConnectRequest {
  readonly feed: Feed
  /** The product: a fault of the venue pauses this one only. */
  readonly route: string
  /** Called once, when the connection may be opened; it is opened in the call. */
  readonly open: () => void
}

/** How a handshake ended: null where the venue did not answer. */
export type HandshakeEnd = 'accepted' | Refusal | null

const ORDER: readonly Feed[] = ['trade', 'state', 'book']

export class HostConnects {
  readonly #budget: ConnectBudget
  readonly #pauses: RefusalPauses
  readonly #environment: Pick<IngestEnvironment, 'timers' | 'nowMs'>
  readonly #waiting = new Set<ConnectRequest>()
  #timer: Timer | undefined
  #isRunning = false

  constructor(
    limits: Pick<ConnectionLimits, 'connectCount' | 'connectWindowMs'>,
    pauses: RefusalPauses,
    environment: Pick<IngestEnvironment, 'timers' | 'nowMs'>,
  ) {
    this.#budget = new ConnectBudget(limits)
    this.#pauses = pauses
    this.#environment = environment
  }

  /** May call `open` at once. Returns what takes the request back. */
  request(request: ConnectRequest): () => void {
    this.#waiting.add(request)
    this.#run()
    return () => {
      this.#waiting.delete(request)
      if (this.#waiting.size === 0) this.#environment.timers.clear(this.#timer)
    }
  }

  /** Every connection that was opened reports how its handshake ended. */
  ended(route: string, end: HandshakeEnd): void {
    const nowMs = this.#environment.nowMs()
    if (end === 'accepted') this.#pauses.accepted(route, nowMs)
    else if (end === null) this.#pauses.failed(route)
    else this.#pauses.refused(route, end, nowMs)
    this.#run()
  }

  /** A connection that had worked ended: the venue may refuse the next. */
  lost(route: string): void {
    this.#pauses.failed(route)
  }

  #run(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    const { timers } = this.#environment
    timers.clear(this.#timer)
    this.#timer = undefined
    let leastMs = Number.POSITIVE_INFINITY
    for (const feed of ORDER) {
      for (const request of this.#waiting) {
        if (request.feed === feed) leastMs = Math.min(leastMs, this.#try(request))
      }
    }
    this.#isRunning = false
    if (leastMs !== Number.POSITIVE_INFINITY) this.#timer = timers.setTimeout(() => this.#run(), Math.ceil(leastMs))
  }

  /** Milliseconds until it is tried again; Infinity when it was opened. */
  #try(request: ConnectRequest): number {
    const { feed, route } = request
    const nowMs = this.#environment.nowMs()
    const pauseMs = this.#pauses.waitMs(route, nowMs)
    const waitMs = pauseMs > 0 ? pauseMs : this.#budget.take(feed, nowMs)
    if (waitMs > 0) return waitMs
    assert(this.#waiting.delete(request), 'a connection is opened once for its request')
    this.#pauses.began(route, nowMs)
    request.open()
    return Number.POSITIVE_INFINITY
  }
}
