// Clients behind the newest record: those that resume, and those that had too many bytes unacknowledged. Each reads the log from
// its own cursor, a little per turn, after the caught-up clients and before state and books.

import assert from 'node:assert/strict'
import { TradeBatch } from '@tradelane/shared/lanes/trade-log'
import { CATCH_UP_RECORDS_MAX, CATCH_UP_US_MAX, VISITS_MAX } from './limits.js'
import { type MergeOptions, sendOverrunGap } from './merge.js'
import type { Session } from './session.js'
import { Round } from './session-ring.js'

export class CatchUp {
  readonly #options: MergeOptions
  readonly #batch = new TradeBatch(CATCH_UP_RECORDS_MAX)
  #areSomeBehind = false

  constructor(options: MergeOptions) {
    this.#options = options
  }

  /** From now on clients behind are looked for. */
  add(session: Session): void {
    assert(session.cursor < this.#options.looks.next, 'a client that catches up is behind')
    this.#areSomeBehind = true
  }

  /** At least some clients a turn. Returns the records sent, and more than 0 when it must be called again without a bell. */
  serve(turnMs: number): number {
    return this.#areSomeBehind ? this.#visitAll(turnMs) : 0
  }

  #visitAll(turnMs: number): number {
    const { looks, sessions } = this.#options
    looks.tradesSent()
    const untilMs = looks.lookedMs + CATCH_UP_US_MAX / 1_000
    const clientCount = sessions.size
    let recordCount = 0
    let behindCount = 0
    for (let visits = 0; visits < clientCount; visits += 1) {
      const session = sessions.at(Round.catchUp)
      // Clients left meanwhile.
      if (session === undefined) break
      const isBehind = session.cursor < looks.next
      const isServed = isBehind && session.isReady(turnMs)
      const isLookDue = (isServed && recordCount > 0) || (visits > 0 && visits % VISITS_MAX === 0)
      if (isLookDue && (looks.isTradeWaiting() || looks.lookedMs >= untilMs)) return recordCount + 1
      sessions.advance(Round.catchUp)
      if (isBehind) behindCount += 1
      if (isServed) recordCount += this.#sendTo(session, turnMs)
    }
    this.#areSomeBehind = behindCount > 0
    return recordCount
  }

  #sendTo(session: Session, turnMs: number): number {
    const batch = this.#batch
    const { log } = this.#options
    const reached = log.read(session.cursor, batch, CATCH_UP_RECORDS_MAX)
    if (batch.gapTo > 0) sendOverrunGap(session, batch.gapTo, this.#options)
    if (batch.count > 0) session.sendTrades(batch, turnMs)
    else session.skipTo(reached)
    assert(session.cursor <= reached, 'a cursor is never past what was read')
    return batch.count + (batch.gapTo > 0 ? 1 : 0)
  }
}
