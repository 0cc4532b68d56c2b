// The gateway's turn: strict trade priority. Trades go first, to every client. Only when no trade is
// left are the boards looked at, and then one client's slice at a time, with a look for new trades before each. One turn is
// at most one fan-out of a batch, or about a millisecond of slices, so that accept, pongs and health are always served.
//
//   1 copy new records of the trade log into the batch
//   2 batch not empty: cork by cork, every caught-up client is sent all of it; then the clients behind catch up
//   3 batch empty: mark what changed on the boards; pump client by client until a trade comes or the time is up
//
// The one exception: after 100 ms of turns full of trades one client is pumped per turn, so that books never stop.

import assert from 'node:assert/strict'
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
import { type Merge, type MergeOptions, sendOverrunGap } from './merge.js'
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
  /** Clients that left during a turn: taking them out at once would make a round skip their neighbour. */
  readonly #leaving: Session[] = []
  readonly #batch = new TradeBatch(BATCH_RECORDS_MAX)
  readonly #catchUp = new TradeBatch(CATCH_UP_RECORDS_MAX)
  /** Sequence of the next record to read: the cursor of a caught-up client. */
  #next: number
  /** Start of the last turn that had time for books. */
  #pumpedMs: number
  #turnMs = 0
  #isTurning = false

  constructor(options: MergeOptions) {
    this.#options = options
    this.#log = options.log
    this.#boards = options.boards
    this.#nowMs = options.nowMs
    this.#stamps = options.stamps
    this.#next = this.#log.newest() + 1
    this.#pumpedMs = options.nowMs()
  }

  add(session: Session): void {
    assert(!this.#isTurning, 'no client joins during a turn')
    this.#sessions.add(session)
  }

  remove(session: Session): void {
    if (this.#isTurning) this.#leaving.push(session)
    else this.#sessions.remove(session)
  }

  doWork(): number {
    assert(!this.#isTurning, 'a turn is never nested')
    this.#isTurning = true
    const workCount = this.#serve()
    this.#isTurning = false
    while (this.#leaving.length > 0) this.#sessions.remove(this.#leaving.pop()!)
    return workCount
  }

  /** Turns are requested: by a bell, by a socket, by the gateway's timer. */
  msToNextDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  async close(): Promise<void> {
    await this.#options.close?.()
  }

  #serve(): number {
    this.#turnMs = this.#nowMs()
    this.#stamps?.turnStarted(this.#turnMs)
    this.#readBatch()
    const tradeCount = this.#batch.count
    if (tradeCount > 0) this.#fanOut()
    const caughtUp = this.#catchUpAll()
    this.#stamps?.caughtUp(caughtUp)
    if (tradeCount === 0) return caughtUp + this.#pumpAll()
    if (this.#turnMs - this.#pumpedMs < STARVED_MS_MAX) return tradeCount + caughtUp
    return tradeCount + caughtUp + this.#pumpStarved()
  }

  #readBatch(): void {
    const share = Math.floor(FAN_OUT_SENDS_MAX / Math.max(1, this.#sessions.size))
    const recordsMax = Math.max(1, Math.min(BATCH_RECORDS_MAX, share))
    const next = this.#log.read(this.#next, this.#batch, recordsMax)
    const { count, sequence } = this.#batch
    assert(next >= this.#next, 'the position in the trade log never goes back')
    assert(
      count === 0 || (sequence[0] === next - count && sequence[count - 1] === next - 1),
      'a batch is consecutive and ends at the next record',
    )
    this.#next = next
  }

  #fanOut(): void {
    this.#stamps?.pickedUp()
    const { gapFrom, gapTo } = this.#batch
    // Where the log overtook this thread, every caught-up client missed the same records: after the gap it is caught up again.
    const first = gapTo > 0 ? gapFrom : this.#batch.sequence[0]!
    for (let step = 0; step < this.#sessions.size; step += 1) {
      const session = this.#sessions.at(Round.trades, step)!
      // A cursor before the batch is that of a client behind; one after it, of a client that joined after its last record.
      if (session.cursor < first || session.cursor >= this.#next || !session.isReady(this.#turnMs)) continue
      if (session.cursor <= gapTo) sendOverrunGap(session, gapTo, this.#options)
      session.sendTrades(this.#batch, this.#turnMs)
      // Not `assert(…)`, whose call takes 3 ns: this runs for every trade and client.
      if (session.cursor !== this.#next && !session.isClosing) assert.fail('a caught-up client is sent the whole batch')
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
    if (batch.gapTo > 0) sendOverrunGap(session, batch.gapTo, this.#options)
    if (batch.count > 0) session.sendTrades(batch, this.#turnMs)
    else session.skipTo(reached)
    assert(session.cursor <= reached, 'a cursor is never past what was read')
    return batch.count + (batch.gapTo > 0 ? 1 : 0)
  }

  /** Step 3. Returns more than 0 when it must be called again without a bell. */
  #pumpAll(): number {
    assert(this.#batch.count === 0, 'state and books are pumped after all trades')
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
    // A turn that a trade cut short before the first slice had no time for books.
    if (corkCount > 0 || step === this.#sessions.size) this.#pumpedMs = this.#turnMs
    // The first client that was not reached comes first next time.
    this.#sessions.rotate(Round.books, step)
    return frameCount
  }

  /** The minimum share of books: one slice of one client although trades may be waiting. */
  #pumpStarved(): number {
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
    return !session.dirty.isEmpty && session.cursor >= this.#next && session.isReady(this.#turnMs)
  }

  #markChanges(): void {
    if (!this.#boards.hasChanged()) return
    const changeCount = this.#boards.scan()
    const { changed, changes } = this.#boards
    for (let step = 0; step < this.#sessions.size; step += 1) {
      const { dirty } = this.#sessions.at(Round.books, step)!
      for (let index = 0; index < changeCount; index += 1) dirty.mark(changed[index]!, changes[index]!)
    }
  }
}
