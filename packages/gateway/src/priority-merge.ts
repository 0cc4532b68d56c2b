// The gateway's turn: strict trade priority, the heart of Tradelane. Trades go first, to every client; only when no trade is
// left are the boards looked at, and then one client's cork at a time, with a look for new trades before each. One turn is
// at most one fan-out of a batch, or about a millisecond of books, so accept, pongs and health always get their share.
//
//   1 copy new records of the trade log into the batch
//   2 batch not empty: cork by cork, every client that is level with it gets all of it; then those behind catch up
//   3 batch empty: mark what changed on the boards; pump client by client until a trade comes or the time is up
//
// The one exception: after 100 ms of turns full of trades one client is pumped per turn, so that books never stop.

import { TradeBatch, type TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import type { BoardSet } from './board-set.js'
import {
  BATCH_RECORDS_MAX,
  CATCH_UP_RECORDS_MAX,
  CATCH_UP_US_MAX,
  FAN_OUT_SENDS_MAX,
  PUMP_US_MAX,
  STARVED_MS_MAX,
} from './limits.js'
import { type Merge, type MergeOptions, tellOverrun } from './merge.js'
import type { Session } from './session.js'
import { Round, SessionRing } from './session-ring.js'
import type { HopStamps } from './tail/hop-stamps.js'

export class PriorityMerge implements Merge {
  readonly #options: MergeOptions
  readonly #log: TradeLogReader
  readonly #boards: BoardSet
  readonly #nowMs: () => number
  readonly #stamps: HopStamps | undefined
  readonly #sessions = new SessionRing()
  /** Clients that left in the middle of a turn: taking them out at once would make a round skip their neighbour. */
  readonly #leaving: Session[] = []
  readonly #batch = new TradeBatch(BATCH_RECORDS_MAX)
  readonly #catchUp = new TradeBatch(CATCH_UP_RECORDS_MAX)
  /** Sequence of the next record to read: where a client that keeps up stands. */
  #next: number
  /** The last turn that had time for books. */
  #quietMs: number
  #turnMs = 0
  #isTurning = false

  constructor(options: MergeOptions) {
    this.#options = options
    this.#log = options.log
    this.#boards = options.boards
    this.#nowMs = options.nowMs
    this.#stamps = options.stamps
    this.#next = this.#log.newest() + 1
    this.#quietMs = options.nowMs()
    this.#boards.scan()
  }

  add(session: Session): void {
    this.#sessions.add(session)
  }

  remove(session: Session): void {
    if (this.#isTurning) this.#leaving.push(session)
    else this.#sessions.remove(session)
  }

  turn(): number {
    this.#isTurning = true
    const workCount = this.#serve()
    this.#isTurning = false
    while (this.#leaving.length > 0) this.#sessions.remove(this.#leaving.pop()!)
    return workCount
  }

  #serve(): number {
    this.#turnMs = this.#nowMs()
    this.#stamps?.turnStarted(this.#turnMs)
    this.#next = this.#log.read(this.#next, this.#batch, this.#batchRecordsMax())
    const tradeCount = this.#batch.count
    if (tradeCount > 0) this.#fanOut()
    const caughtUp = this.#catchUpAll()
    this.#stamps?.caughtUp(caughtUp)
    if (tradeCount === 0) return caughtUp + this.#pumpAll()
    if (this.#turnMs - this.#quietMs < STARVED_MS_MAX) return tradeCount + caughtUp
    return tradeCount + caughtUp + this.#pumpOwed()
  }

  #batchRecordsMax(): number {
    const share = Math.floor(FAN_OUT_SENDS_MAX / Math.max(1, this.#sessions.size))
    return Math.max(1, Math.min(BATCH_RECORDS_MAX, share))
  }

  #fanOut(): void {
    this.#stamps?.pickedUp()
    const { gapFrom, gapTo } = this.#batch
    // Where the log overtook this thread, whoever was level with it missed the same: told so, it is level again.
    const first = gapTo > 0 ? gapFrom : this.#batch.sequence[0]!
    for (let step = 0; step < this.#sessions.size; step += 1) {
      const session = this.#sessions.at(Round.trades, step)!
      // A client whose cursor stands before the batch is behind, and one whose cursor stands after it joined just now.
      if (session.cursor < first || session.cursor >= this.#next || !session.isReady(this.#turnMs)) continue
      if (session.cursor <= gapTo) tellOverrun(session, session.cursor, gapTo, this.#options)
      session.sendTrades(this.#batch, this.#turnMs)
      this.#stamps?.sent(this.#batch.count)
    }
    this.#stamps?.fannedOut(this.#batch)
    this.#sessions.rotate(Round.trades, 1)
  }

  /** Clients behind the newest record: each reads the log from its own cursor, a little per turn, at least one a turn. */
  #catchUpAll(): number {
    let untilMs = 0
    let recordCount = 0
    let step = 0
    for (; step < this.#sessions.size; step += 1) {
      const session = this.#sessions.at(Round.catchUp, step)!
      if (session.cursor >= this.#next || !session.isReady(this.#turnMs)) continue
      if (untilMs === 0) untilMs = this.#nowMs() + CATCH_UP_US_MAX / 1_000
      else if (this.#log.newest() >= this.#next || this.#nowMs() >= untilMs) {
        recordCount += 1 // There is work left: come back at once.
        break
      }
      recordCount += this.#catchUpOne(session)
    }
    this.#sessions.rotate(Round.catchUp, step)
    return recordCount
  }

  #catchUpOne(session: Session): number {
    const batch = this.#catchUp
    const reached = this.#log.read(session.cursor, batch, CATCH_UP_RECORDS_MAX)
    if (batch.gapTo > 0) tellOverrun(session, batch.gapFrom, batch.gapTo, this.#options)
    if (batch.count > 0) session.sendTrades(batch, this.#turnMs)
    else session.cursor = reached
    return batch.count + (batch.gapTo > 0 ? 1 : 0)
  }

  /** Step 3. Returns more than 0 when it must be called again without a bell. */
  #pumpAll(): number {
    this.#markChanges()
    const untilMs = this.#turnMs + PUMP_US_MAX / 1_000
    let corkCount = 0
    let frameCount = 0
    let step = 0
    for (; step < this.#sessions.size; step += 1) {
      const session = this.#sessions.at(Round.books, step)!
      if (!this.#wantsBooks(session)) continue
      if (this.#log.newest() >= this.#next || (corkCount > 0 && this.#nowMs() >= untilMs)) {
        frameCount += 1 // There is work left: come back at once.
        break
      }
      const sentCount = session.pump(this.#turnMs)
      this.#stamps?.sliced(sentCount)
      if (sentCount > 0) corkCount += 1
      frameCount += sentCount
    }
    // Cut short before anybody's turn came, it was no time for books.
    if (corkCount > 0 || step === this.#sessions.size) this.#quietMs = this.#turnMs
    // Whoever was not reached comes first next time.
    this.#sessions.rotate(Round.books, step)
    return frameCount
  }

  /** The least share of books: one cork of one client although trades may wait. */
  #pumpOwed(): number {
    this.#markChanges()
    let sentCount = 0
    let step = 0
    for (; step < this.#sessions.size && sentCount === 0; step += 1) {
      const session = this.#sessions.at(Round.books, step)!
      if (this.#wantsBooks(session)) sentCount = session.pump(this.#turnMs)
    }
    this.#stamps?.sliced(sentCount)
    this.#sessions.rotate(Round.books, step)
    return sentCount
  }

  /** Only clients that have every trade so far. */
  #wantsBooks(session: Session): boolean {
    return session.hasDirty && session.cursor >= this.#next && session.isReady(this.#turnMs)
  }

  #markChanges(): void {
    if (!this.#boards.hasChanged()) return
    const changeCount = this.#boards.scan()
    const { changed, changes } = this.#boards
    for (let step = 0; step < this.#sessions.size; step += 1) {
      const session = this.#sessions.at(Round.books, step)!
      for (let index = 0; index < changeCount; index += 1) session.mark(changed[index]!, changes[index]!)
    }
  }
}
