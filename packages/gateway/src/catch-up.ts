// Clients behind the newest record: those that resume, those that had too many bytes unacknowledged, and those that have not
// shown that they read. Each is sent what it lacks from its own cursor on, a little per turn, after the clients that are caught up
// and read, and before state and books. As soon as another trade comes, that goes to those first.

import assert from 'node:assert/strict'
import { TradeBatch } from '@tradelane/shared/lanes/trade-log'
import { CATCH_UP_RECORDS_MAX, CATCH_UP_US_MAX, UNREAD_SHARE, VISITS_MAX } from './limits.js'
import { type MergeOptions, sendOverrunGap } from './merge.js'
import type { Session } from './session.js'
import { Round } from './session-ring.js'

export class CatchUp {
  readonly #options: MergeOptions
  readonly #batch = new TradeBatch(CATCH_UP_RECORDS_MAX)
  #areSomeBehind = false
  /** Also some that read. */
  #areReadersBehind = false
  /** Until then clients that have not shown that they read are sent nothing. */
  #restUntilMs = 0
  #isRestAwaited = false

  constructor(options: MergeOptions) {
    this.#options = options
  }

  /** From now on clients behind are looked for. */
  add(session: Session, isReading: boolean): void {
    assert(session.cursor < this.#options.looks.next, 'a client that catches up is behind')
    this.#areSomeBehind = true
    if (isReading) this.#areReadersBehind = true
  }

  /**
   * At least some clients a turn. `newest`: the records of this turn, if any. Returns the records sent, and more than 0 when it must
   * be called again without a bell.
   */
  serve(turnMs: number, newest: TradeBatch): number {
    if (!this.#areSomeBehind) return 0
    const isResting = turnMs < this.#restUntilMs
    this.#isRestAwaited = isResting
    if (isResting && !this.#areReadersBehind) return 0
    this.#options.looks.tradesSent()
    return this.#visitAll(turnMs, isResting, newest)
  }

  /** Infinite where no client waits for it. */
  msToRestEnd(nowMs: number): number {
    return this.#isRestAwaited && this.#areSomeBehind
      ? Math.max(0, this.#restUntilMs - nowMs)
      : Number.POSITIVE_INFINITY
  }

  #visitAll(turnMs: number, isResting: boolean, newest: TradeBatch): number {
    const { looks, sessions, nowMs } = this.#options
    const startMs = looks.lookedMs
    const untilMs = startMs + CATCH_UP_US_MAX / 1_000
    const clientCount = sessions.size
    let recordCount = 0
    let unreadCount = 0
    let behindCount = 0
    let readersBehind = 0
    let isCut = false
    for (let visits = 0; visits < clientCount; visits += 1) {
      const session = sessions.at(Round.catchUp)
      // Clients left meanwhile.
      if (session === undefined) break
      const isBehind = session.cursor < looks.next
      const isReading = isBehind && session.credit.isReading(turnMs)
      const isServed = isBehind && (isReading || !isResting) && session.isReady(turnMs)
      const isLookDue = (isServed && recordCount > 0) || (visits > 0 && visits % VISITS_MAX === 0)
      isCut = isLookDue && (looks.isTradeWaiting() || looks.lookedMs >= untilMs)
      if (isCut) break
      sessions.advance(Round.catchUp)
      if (isBehind) behindCount += 1
      if (isReading) readersBehind += 1
      if (isServed && !isReading) unreadCount += 1
      if (isServed) recordCount += this.#sendTo(session, turnMs, newest)
    }
    if (unreadCount > 0) this.#rest(startMs, nowMs())
    if (isCut) return recordCount + 1
    this.#areSomeBehind = behindCount > 0
    this.#areReadersBehind = readersBehind > 0
    return recordCount
  }

  /** Crowds that only connect have a share of the time; one such client hardly notices it. */
  #rest(startMs: number, nowMs: number): void {
    assert(nowMs >= startMs, 'monotonic time never goes back')
    // What takes longer is a wait for the processor.
    const spentMs = Math.min(nowMs - startMs, CATCH_UP_US_MAX / 1_000)
    this.#restUntilMs = nowMs + spentMs / UNREAD_SHARE
  }

  #sendTo(session: Session, turnMs: number, newest: TradeBatch): number {
    const { cursor } = session
    if (newest.count > 0 && cursor >= newest.sequence[0]!) {
      session.sendTrades(newest, turnMs)
      return session.cursor - cursor
    }
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
