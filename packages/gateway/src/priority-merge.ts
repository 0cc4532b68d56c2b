// The gateway's turn: strict trade priority, the heart of Tradelane. Trades go first, to every client; only when no trade is
// left are the boards looked at, and then one client's cork at a time, with a look for new trades before each. One turn is
// at most one fan-out of a batch, or about a millisecond of books, so accept, pongs and health always get their share.
//
//   1 copy new records of the trade log into the batch
//   2 batch not empty: cork by cork, every client that is level with it gets all of it; then those behind catch up
//   3 batch empty: mark what changed on the boards; pump client by client until a trade comes or the time is up
//
// The one exception: after 100 ms of turns full of trades one client is pumped per turn, so that books never stop.

import type { Counters } from '@tradelane/shared/counters'
import type { RateLimitedLog } from '@tradelane/shared/log'
import { TradeBatch, type TradeLogReader } from '@tradelane/shared/trade-log'
import { overrunGapFrame, serverFrameJson, serverFramePacked } from '@tradelane/shared/wire/server-frames'
import type { BoardSet } from './board-set.js'
import { BATCH_RECORDS_MAX, CATCH_UP_RECORDS_MAX, PUMP_US_MAX, STARVED_MS_MAX } from './limits.js'
import type { Merge } from './merge.js'
import type { Session } from './session.js'
import { SessionRing } from './session-ring.js'

export interface PriorityMergeOptions {
  readonly log: TradeLogReader
  readonly boards: BoardSet
  readonly stream: string
  readonly counters: Counters
  readonly notices: RateLimitedLog
  /** Monotonic. */
  readonly nowMs: () => number
}

export class PriorityMerge implements Merge {
  readonly #log: TradeLogReader
  readonly #boards: BoardSet
  readonly #stream: string
  readonly #counters: Counters
  readonly #notices: RateLimitedLog
  readonly #nowMs: () => number
  readonly #sessions = new SessionRing()
  readonly #batch = new TradeBatch(BATCH_RECORDS_MAX)
  readonly #catchUp = new TradeBatch(CATCH_UP_RECORDS_MAX)
  /** Sequence of the next record to read: where a client that keeps up stands. */
  #next: number
  #pumpedMs: number
  // What the cork callbacks work on: they are made once, so that no send allocates one.
  #corked: Session | undefined
  #corkedBatch: TradeBatch
  #turnMs = 0
  #pumpedFrames = 0

  constructor(options: PriorityMergeOptions) {
    this.#log = options.log
    this.#boards = options.boards
    this.#stream = options.stream
    this.#counters = options.counters
    this.#notices = options.notices
    this.#nowMs = options.nowMs
    this.#corkedBatch = this.#batch
    this.#next = this.#log.newest() + 1
    this.#pumpedMs = options.nowMs()
    this.#boards.scan()
  }

  add(session: Session): void {
    this.#sessions.add(session)
  }

  remove(session: Session): void {
    this.#sessions.remove(session)
  }

  turn(): number {
    this.#turnMs = this.#nowMs()
    this.#next = this.#log.read(this.#next, this.#batch, BATCH_RECORDS_MAX)
    const tradeCount = this.#batch.count
    if (tradeCount > 0) this.#fanOut()
    const caughtUp = this.#catchUpAll()
    if (tradeCount === 0) return caughtUp + this.#pumpAll(false)
    if (this.#turnMs - this.#pumpedMs < STARVED_MS_MAX) return tradeCount + caughtUp
    return tradeCount + caughtUp + this.#pumpAll(true)
  }

  #fanOut(): void {
    const first = this.#batch.sequence[0]!
    this.#corkedBatch = this.#batch
    for (let step = 0; step < this.#sessions.size; step += 1) {
      const session = this.#sessions.at(step)!
      // A client whose cursor stands before the batch is behind, and one whose cursor stands after it joined just now.
      if (session.cursor < first || session.cursor >= this.#next || !session.isReady(this.#turnMs)) continue
      this.#corked = session
      session.cork(this.#sendBatch)
    }
    this.#sessions.rotate(1)
  }

  readonly #sendBatch = (): void => {
    this.#corked!.sendTrades(this.#corkedBatch)
    this.#corked!.credit.afterFlush(this.#turnMs)
  }

  /** Clients behind the newest record: each reads the log from its own cursor, a little per turn. */
  #catchUpAll(): number {
    let recordCount = 0
    for (let step = 0; step < this.#sessions.size; step += 1) {
      const session = this.#sessions.at(step)!
      if (session.cursor < this.#next && session.isReady(this.#turnMs)) recordCount += this.#catchUpOne(session)
    }
    return recordCount
  }

  #catchUpOne(session: Session): number {
    const batch = this.#catchUp
    const reached = this.#log.read(session.cursor, batch, CATCH_UP_RECORDS_MAX)
    if (batch.gapTo > 0) this.#tellGap(session, batch.gapFrom, batch.gapTo)
    if (batch.count > 0) {
      this.#corked = session
      this.#corkedBatch = batch
      session.cork(this.#sendBatch)
    } else session.cursor = reached
    return batch.count + (batch.gapTo > 0 ? 1 : 0)
  }

  #tellGap(session: Session, from: number, to: number): void {
    const frame = overrunGapFrame(this.#stream, from, to)
    session.sendServerFrame(session.isPacked ? serverFramePacked(frame) : Buffer.from(serverFrameJson(frame)))
    session.cursor = to + 1
    this.#counters.add('tradeOverruns', to - from + 1)
    this.#notices.say('warn', 'a slow client missed trades: the trade log overtook it', session.address, {
      missed: to - from + 1,
      from,
      to,
    })
  }

  /** Step 3. `isOwed`: one cork although trades wait, the least share of books. */
  #pumpAll(isOwed: boolean): number {
    this.#markChanges()
    this.#pumpedMs = this.#turnMs
    const untilMs = this.#turnMs + PUMP_US_MAX / 1_000
    const corkCountMax = isOwed ? 1 : this.#sessions.size
    let corkCount = 0
    let frameCount = 0
    let step = 0
    for (; step < this.#sessions.size && corkCount < corkCountMax; step += 1) {
      const session = this.#sessions.at(step)!
      if (!session.hasDirty || session.cursor < this.#next || session.isClosing) continue
      const isTradeWaiting = !isOwed && this.#log.newest() >= this.#next
      if (isTradeWaiting || (corkCount > 0 && this.#nowMs() >= untilMs)) {
        frameCount += 1 // There is work left: come back at once.
        break
      }
      this.#corked = session
      this.#pumpedFrames = 0
      session.cork(this.#pump)
      frameCount += this.#pumpedFrames
      corkCount += 1
    }
    // Whoever was not reached comes first next time.
    this.#sessions.rotate(step)
    return frameCount
  }

  readonly #pump = (): void => {
    this.#pumpedFrames = this.#corked!.pump(this.#turnMs)
  }

  #markChanges(): void {
    if (!this.#boards.hasChanged()) return
    const changeCount = this.#boards.scan()
    const { changed, changes } = this.#boards
    for (let step = 0; step < this.#sessions.size; step += 1) {
      const session = this.#sessions.at(step)!
      for (let index = 0; index < changeCount; index += 1) session.mark(changed[index]!, changes[index]!)
    }
  }
}
