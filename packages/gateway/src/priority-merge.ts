// The gateway's turn: strict trade priority. Trades go first, to every client. Only when no trade is left come state, books and
// chores, slice by slice, with a look for new trades before each. One turn is at most one fan-out of a batch, or about a
// millisecond of slices, so that accept, pongs and health are always served.
//
//   1 copy new records of the trade log into the batch
//   2 batch not empty: cork by cork, every caught-up client that reads is sent all of it; then the clients behind catch up, and
//     those that have not shown yet that they read: a crowd that only connects costs the others no time
//   3 batch empty: a slice of books, a slice of a chore, and so on until a trade comes or the time is up
//
// The one exception: after 100 ms of turns full of trades a slice is done per turn, so that books and chores never stop. In a long
// run of socket events, which are no turns, trades that wait are sent in between.

import assert from 'node:assert/strict'
import { TradeBatch, type TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import { DOUBLE, DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import { CatchUp } from './catch-up.js'
import type { Chores } from './chores.js'
import { Reading } from './credit.js'
import {
  BATCH_RECORDS_MAX,
  FAN_OUT_SENDS_MAX,
  NEWCOMERS_FIRST_MAX,
  SLICES_US_MAX,
  STARVED_MS_MAX,
  STARVED_SHARE,
} from './limits.js'
import type { Looks } from './looks.js'
import { type Merge, type MergeOptions, sendOverrunGap } from './merge.js'
import { Pump, Slice } from './pump.js'
import type { Session } from './session.js'
import { Round, type SessionRing } from './session-ring.js'
import type { HopStamps } from './tail/hop-stamps.js'

export class PriorityMerge implements Merge {
  readonly #options: MergeOptions
  readonly #log: TradeLogReader
  readonly #looks: Looks
  readonly #chores: Chores
  readonly #nowMs: () => number
  readonly #stamps: HopStamps | undefined
  readonly #sessions: SessionRing
  readonly #pump: Pump
  readonly #batch = new TradeBatch(BATCH_RECORDS_MAX)
  readonly #catchUp: CatchUp
  /** Start of the last turn that had time for slices. */
  #servedMs = DOUBLE
  #turnMs = DOUBLE_ZERO
  /** Of the clients of the last fan-out, those that have just connected, and answer. */
  #newcomerCount = 0
  #isChoreNext = false
  #isTurning = false

  constructor(options: MergeOptions) {
    this.#options = options
    this.#log = options.log
    this.#looks = options.looks
    this.#chores = options.chores
    this.#nowMs = options.nowMs
    this.#stamps = options.stamps
    this.#sessions = options.sessions
    this.#catchUp = new CatchUp(options)
    this.#pump = new Pump(options)
    this.#servedMs = options.nowMs()
  }

  add(session: Session): void {
    assert(!this.#isTurning, 'no client joins during a turn')
    this.#sessions.add(session)
    this.#pump.clientJoined()
    if (session.cursor < this.#looks.next) this.#catchUp.add(session, Reading.no)
  }

  remove(session: Session): void {
    this.#sessions.remove(session)
  }

  /** A socket that is ended in a turn has events too. */
  look(): void {
    if (this.#isTurning || !this.#looks.isDue() || !this.#looks.isTradeWaiting()) return
    this.#isTurning = true
    this.#turnMs = this.#looks.lookedMs
    this.#stamps?.turnStarted(this.#turnMs)
    assert(this.#sendTrades() > 0, 'a trade that waits is sent')
    this.#looks.tradesSent()
    this.#isTurning = false
  }

  doWork(): number {
    assert(!this.#isTurning, 'a turn is never nested')
    this.#isTurning = true
    const workCount = this.#serve()
    this.#looks.turnEnded()
    this.#isTurning = false
    return workCount
  }

  /** Other turns are requested: by a bell, by a socket, by the gateway's timer. */
  msToNextDeadline(): number {
    return this.#catchUp.msToRestEnd(this.#nowMs())
  }

  async close(): Promise<void> {
    await this.#options.close?.()
  }

  #serve(): number {
    this.#turnMs = this.#nowMs()
    if (this.#turnMs < this.#servedMs) assert.fail('monotonic time never goes back')
    this.#stamps?.turnStarted(this.#turnMs)
    this.#looks.turnStarted(this.#turnMs)
    const tradeCount = this.#sendTrades()
    const caughtUp = this.#catchUp.serve(this.#turnMs, this.#batch)
    this.#stamps?.caughtUp(caughtUp)
    if (tradeCount === 0) return caughtUp + this.#serveSlices()
    if (this.#turnMs - this.#servedMs >= STARVED_MS_MAX) this.#serveStarved()
    return tradeCount + caughtUp
  }

  /** Returns the number of records. */
  #sendTrades(): number {
    const share = Math.floor(FAN_OUT_SENDS_MAX / Math.max(1, this.#sessions.size))
    const recordsMax = Math.max(1, Math.min(BATCH_RECORDS_MAX, share))
    const from = this.#looks.next
    const next = this.#log.read(from, this.#batch, recordsMax)
    const { count, sequence } = this.#batch
    assert(next >= from, 'the position in the trade log never goes back')
    assert(
      count === 0 || (sequence[0] === next - count && sequence[count - 1] === next - 1),
      'a batch is consecutive and ends at the next record',
    )
    this.#looks.next = next
    if (count > 0) this.#fanOut()
    return count
  }

  #fanOut(): void {
    this.#stamps?.pickedUp()
    const { next } = this.#looks
    const { gapFrom, gapTo } = this.#batch
    // Where the log overtook this thread, every caught-up client missed the same records: after the gap it is caught up again.
    const first = gapTo > 0 ? gapFrom : this.#batch.sequence[0]!
    let readerCount = 0
    let newcomerCount = 0
    const areNewcomersFew = this.#newcomerCount <= NEWCOMERS_FIRST_MAX
    for (let leftCount = this.#sessions.size; leftCount > 0; leftCount -= 1) {
      const session = this.#sessions.at(Round.trades)
      // Clients left meanwhile.
      if (session === undefined) break
      this.#sessions.advance(Round.trades)
      // A cursor after the batch is that of a client that joined after its last record.
      if (session.cursor >= next) continue
      const reading = session.credit.readingAt(this.#turnMs)
      if (reading === Reading.yes) readerCount += 1
      else if (reading === Reading.recently) newcomerCount += 1
      const isFirst = reading === Reading.yes || (reading === Reading.recently && areNewcomersFew)
      if (session.cursor < first || !isFirst || !session.isReady(this.#turnMs)) {
        this.#catchUp.add(session, reading)
        continue
      }
      if (session.cursor <= gapTo) sendOverrunGap(session, gapTo, this.#options)
      session.sendTrades(this.#batch, this.#turnMs)
      // Not `assert(…)`, whose call takes 3 ns: this runs for every trade and client.
      if (session.cursor !== next && !session.isClosing) assert.fail('a caught-up client is sent the whole batch')
      this.#stamps?.sent(this.#batch.count)
    }
    this.#newcomerCount = newcomerCount
    this.#catchUp.isAwaited = readerCount > 0
    this.#stamps?.fannedOut(this.#batch)
    this.#sessions.advance(Round.trades)
  }

  /** Step 3. Returns more than 0 when it must be called again without a bell. */
  #serveSlices(): number {
    assert(this.#batch.count === 0, 'books and chores come after all trades')
    const untilMs = this.#turnMs + SLICES_US_MAX / 1_000
    this.#pump.startRound()
    for (let workCount = 0; !this.#looks.isTradeWaiting(); ) {
      // Not before the first slice of work.
      if (workCount > 0 && this.#looks.lookedMs >= untilMs) break
      const slice = this.#runSlice()
      if (slice === Slice.work) workCount += 1
      if (slice !== Slice.visits) this.#servedMs = this.#turnMs
      if (slice === Slice.none) return this.#pump.frameCount
    }
    return this.#pump.frameCount + 1
  }

  /** Books and chores alternate. */
  #runSlice(): Slice {
    // Not `assert(…)`, whose call takes 3 ns: this runs for every slice.
    if (!this.#isTurning) assert.fail('slices are parts of a turn')
    const isChore = this.#isChoreNext && this.#chores.areDue
    this.#isChoreNext = !isChore
    const slice = isChore ? Slice.none : this.#pump.runSlice()
    if (slice !== Slice.none || !this.#chores.areDue) return slice
    this.#chores.runSlice(this.#looks.lookedMs)
    this.#stamps?.choreDone()
    return Slice.work
  }

  /** The minimum share of books and chores: one slice, and more where the trades took long, although trades may be waiting. */
  #serveStarved(): void {
    if (!this.#pump.startRound() && !this.#chores.areDue) return
    this.#looks.tradesSent()
    const untilMs = this.#looks.lookedMs + (this.#looks.lookedMs - this.#turnMs) * STARVED_SHARE
    for (let slice = this.#runSlice(); slice !== Slice.none; slice = this.#runSlice()) {
      if (slice === Slice.visits) continue
      this.#looks.isTradeWaiting()
      if (this.#looks.lookedMs >= untilMs) return
    }
  }
}
