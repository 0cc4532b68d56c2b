// The chore that visits every client about every 50 ms: pings that nothing else sends, clients that accept nothing, sockets that
// do not close; and the counters of the gateway. A visit takes less than a microsecond, a ping or a disconnection a system
// call, so that a round over thousands of clients takes longer than its period: then the next one begins late.

import assert from 'node:assert/strict'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { Chore } from './chores.js'
import { TICK_EARLY_MS, TICK_MS, TICK_SENDS_MAX, VISITS_MAX } from './limits.js'
import type { Looks } from './looks.js'
import type { Session, SessionCounts } from './session.js'
import { Round, type SessionRing } from './session-ring.js'

interface ClientTicksOptions {
  readonly sessions: SessionRing
  readonly counts: SessionCounts
  readonly looks: Looks
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
  readonly clientStallMs: number
}

const SESSION_COUNTS = ['framesSent', 'bytesSent', 'sendsFailed', 'pings'] as const satisfies (keyof SessionCounts)[]

export class ClientTicks implements Chore {
  readonly #options: ClientTicksOptions
  /** Clients that the round has still to visit; 0 between rounds. */
  #leftCount = 0

  constructor(options: ClientTicksOptions) {
    this.#options = options
  }

  runSlice(nowMs: number): boolean {
    const { sessions } = this.#options
    if (this.#leftCount === 0) this.#leftCount = sessions.size
    let sendCount = 0
    for (let visits = 0; visits < VISITS_MAX && sendCount < TICK_SENDS_MAX && this.#leftCount > 0; visits += 1) {
      this.#leftCount -= 1
      const session = sessions.at(Round.ticks)
      if (session === undefined) continue
      // Before the visit, which may end it.
      sessions.advance(Round.ticks)
      sendCount += this.#visit(session, nowMs)
    }
    assert(this.#leftCount >= 0, 'a round visits as many clients as there were')
    this.#count(nowMs)
    return this.#leftCount > 0
  }

  /** Returns the system calls that it took. */
  #visit(session: Session, nowMs: number): number {
    if (session.isClosing) return session.cutOffIfStuck(nowMs) ? 1 : 0
    const { counters, limitedLog, clientStallMs } = this.#options
    // A cork of books may have done it.
    const hasPinged = session.credit.tickAfter(TICK_MS - TICK_EARLY_MS, nowMs)
    if (session.stalledMs(nowMs) < clientStallMs) return hasPinged ? 1 : 0
    counters.add('clientsStalled')
    limitedLog.write('warn', 'stalled client disconnected', session.address, { clientStallMs })
    session.end(1013, 'stalled', nowMs)
    return 2
  }

  /** Sends are counted in plain numbers first: an addition in shared memory for each would cost more. */
  #count(nowMs: number): void {
    const { counters, counts, looks, sessions } = this.#options
    counters.set('clientsConnected', sessions.size)
    for (const name of SESSION_COUNTS) {
      if (counts[name] > 0) counters.add(name, counts[name])
      counts[name] = 0
    }
    counters.set('lookGapUsMax', looks.gapUsMax)
    counters.set('lookGapUsRecent', looks.gapUsRecent(nowMs))
  }
}
