// Clients behind the newest record: those that resume, those that had too many bytes unacknowledged, and those that have not
// shown yet that they read. Each is sent what it lacks from its own cursor on, a little per turn, after the clients that are
// caught up and read, and before state and books. As soon as another trade comes, that goes to those first.

import assert from 'node:assert/strict'
import { TradeBatch } from '@tradelane/shared/lanes/trade-log'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import { Reading } from './credit.js'
import { CATCH_UP_RECORDS_MAX, CATCH_UP_US_MAX, NEWCOMERS_SHARE, UNREAD_SHARE, VISITS_MAX } from './limits.js'
import { type MergeOptions, sendOverrunGap } from './merge.js'
import type { Session } from './session.js'
import { Round } from './session-ring.js'

/** The clients behind that have shown the same. */
class Group {
  isBehind = false
  readonly #share: number
  /** Until then they are sent nothing. */
  #restUntilMs = DOUBLE_ZERO
  #isRestAwaited = false
  /** Of this turn. */
  #behindCount = 0
  #servedCount = 0

  /** `share`: of the time. */
  constructor(share: number) {
    this.#share = share
  }

  /** Whether some may be served in this turn. */
  startTurn(turnMs: number): boolean {
    this.#behindCount = 0
    this.#servedCount = 0
    this.#isRestAwaited = turnMs < this.#restUntilMs
    return this.isBehind && !this.#isRestAwaited
  }

  get mayBeServed(): boolean {
    return !this.#isRestAwaited
  }

  /** One that is behind. */
  visited(isServed: boolean): void {
    this.#behindCount += 1
    if (isServed) this.#servedCount += 1
  }

  /** All were visited. */
  endRound(): void {
    this.isBehind = this.#behindCount > 0
  }

  /** They have used up their share for a while, if any was served. `spentMs` of `servedCount` clients together, until now. */
  rest(spentMs: number, servedCount: number, nowMs: number): void {
    if (this.#servedCount === 0) return
    this.#restUntilMs = nowMs + (spentMs * this.#servedCount) / servedCount / this.#share
  }

  /** Infinite where none waits for it. */
  msToRestEnd(nowMs: number): number {
    return this.#isRestAwaited && this.isBehind ? Math.max(0, this.#restUntilMs - nowMs) : Number.POSITIVE_INFINITY
  }
}

export class CatchUp {
  /** Clients that read were sent the newest trades first, and wait while others are served. */
  isAwaited = false
  readonly #options: MergeOptions
  readonly #batch = new TradeBatch(CATCH_UP_RECORDS_MAX)
  readonly #unread = new Group(UNREAD_SHARE)
  readonly #newcomers = new Group(NEWCOMERS_SHARE)
  readonly #readers = new Group(1)

  constructor(options: MergeOptions) {
    this.#options = options
  }

  /** From now on clients behind are looked for. */
  add(session: Session, reading: Reading): void {
    assert(session.cursor < this.#options.looks.next, 'a client that catches up is behind')
    this.#groupOf(reading).isBehind = true
  }

  /**
   * At least some clients a turn. `newest`: the records of this turn, if any. Returns the records sent, and more than 0 when it must
   * be called again without a bell.
   */
  serve(turnMs: number, newest: TradeBatch): number {
    const isUnreadDue = this.#unread.startTurn(turnMs)
    const areNewcomersDue = this.#newcomers.startTurn(turnMs)
    if (!this.#readers.startTurn(turnMs) && !isUnreadDue && !areNewcomersDue) return 0
    this.#options.looks.tradesSent()
    return this.#visitAll(turnMs, newest)
  }

  /** Infinite where no client waits for it. */
  msToRestEnd(nowMs: number): number {
    return Math.min(this.#unread.msToRestEnd(nowMs), this.#newcomers.msToRestEnd(nowMs))
  }

  #groupOf(reading: Reading): Group {
    if (reading === Reading.yes) return this.#readers
    return reading === Reading.no ? this.#unread : this.#newcomers
  }

  #visitAll(turnMs: number, newest: TradeBatch): number {
    const { looks, sessions } = this.#options
    const startMs = looks.lookedMs
    const untilMs = startMs + CATCH_UP_US_MAX / 1_000
    const clientCount = sessions.size
    let recordCount = 0
    let servedCount = 0
    let isCut = false
    for (let visits = 0; visits < clientCount; visits += 1) {
      const session = sessions.at(Round.catchUp)
      // Clients left meanwhile.
      if (session === undefined) break
      const group = session.cursor < looks.next ? this.#groupOf(session.credit.readingAt(turnMs)) : undefined
      const isServed = group?.mayBeServed === true && session.isReady(turnMs)
      const isLookDue = (isServed && recordCount > 0) || (visits > 0 && visits % VISITS_MAX === 0)
      isCut = isLookDue && (looks.isTradeWaiting() || looks.lookedMs >= untilMs)
      if (isCut) break
      sessions.advance(Round.catchUp)
      group?.visited(isServed)
      if (!isServed) continue
      servedCount += 1
      recordCount += this.#sendTo(session, turnMs, newest)
    }
    this.#rest(startMs, servedCount)
    if (isCut) return recordCount + 1
    for (const group of [this.#unread, this.#newcomers, this.#readers]) group.endRound()
    return recordCount
  }

  /** Crowds that only connect have a share of the time; one such client hardly notices it. */
  #rest(startMs: number, servedCount: number): void {
    const nowMs = this.#options.nowMs()
    assert(nowMs >= startMs, 'monotonic time never goes back')
    // What takes longer is a wait for the processor.
    const spentMs = Math.min(nowMs - startMs, CATCH_UP_US_MAX / 1_000)
    this.#unread.rest(spentMs, servedCount, nowMs)
    // After a restart all are new, and keep no other waiting.
    if (this.isAwaited) this.#newcomers.rest(spentMs, servedCount, nowMs)
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
