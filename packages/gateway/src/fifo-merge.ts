// The order of a server without priorities (ISOLATION=off), the baseline of `PriorityMerge`: records of the trade log and
// changed cells leave in the order in which they were received, and no credit limits them.

import assert from 'node:assert/strict'
import { TradeBatch } from '@tradelane/shared/lanes/trade-log'
import type { Cell } from './board-set.js'
import { Dirty } from './change-log.js'
import { BATCH_RECORDS_MAX, SLICES_US_MAX } from './limits.js'
import { type Merge, type MergeOptions, sendOverrunGap } from './merge.js'
import type { Session } from './session.js'
import { Round } from './session-ring.js'

export class FifoMerge implements Merge {
  readonly #options: MergeOptions
  readonly #batch = new TradeBatch(BATCH_RECORDS_MAX)
  readonly #catchUp = new TradeBatch(BATCH_RECORDS_MAX)
  readonly #oldestFirst: Cell[]
  #isTurning = false
  // Arguments of the cork callback, which is made once so that no send allocates one.
  #session: Session | undefined
  #corked = this.#batch
  #cellFrames = 0

  constructor(options: MergeOptions) {
    this.#options = options
    this.#oldestFirst = [...options.boards.cells].sort(byReceipt)
  }

  add(session: Session): void {
    this.#options.sessions.add(session)
  }

  remove(session: Session): void {
    this.#options.sessions.remove(session)
  }

  /** Here no trade goes before anything else. */
  look(): void {}

  doWork(): number {
    assert(!this.#isTurning, 'a turn is never nested')
    this.#isTurning = true
    const workCount = this.#serveAll() + this.#serveChores()
    this.#options.looks.turnEnded()
    this.#isTurning = false
    return workCount
  }

  /** Turns are requested: by a bell, by a socket, by the gateway's timer. */
  msToNextDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  async close(): Promise<void> {
    await this.#options.close?.()
  }

  #serveAll(): number {
    const { boards, log, looks, nowMs, sessions, stamps } = this.#options
    const turnMs = nowMs()
    stamps?.turnStarted(turnMs)
    looks.turnStarted(turnMs)
    let changeCount = 0
    do changeCount += boards.scan()
    while (boards.isScanning)
    if (changeCount > 0) this.#oldestFirst.sort(byReceipt)
    const from = looks.next
    looks.next = log.read(from, this.#batch, BATCH_RECORDS_MAX)
    assert(looks.next >= from, 'the position in the trade log never goes back')
    if (this.#batch.count > 0) stamps?.pickedUp()
    let workCount = changeCount + this.#batch.count
    for (let leftCount = sessions.size; leftCount > 0; leftCount -= 1) {
      const session = sessions.at(Round.trades)
      // Clients left meanwhile.
      if (session === undefined) break
      sessions.advance(Round.trades)
      session.dirty.takeOver()
      if (!session.isReady(nowMs())) continue
      if (session.cursor >= from) this.#serve(session, this.#batch)
      else {
        log.read(session.cursor, this.#catchUp, BATCH_RECORDS_MAX)
        workCount += this.#catchUp.count
        this.#serve(session, this.#catchUp)
      }
    }
    if (this.#batch.count > 0) stamps?.fannedOut(this.#batch)
    return workCount
  }

  /** At least one slice a turn. Returns 1 when it must be called again without a bell. */
  #serveChores(): number {
    const { chores, looks, stamps } = this.#options
    looks.isTradeWaiting()
    if (!chores.areDue) return 0
    const untilMs = looks.lookedMs + SLICES_US_MAX / 1_000
    do {
      chores.runSlice(looks.lookedMs)
      stamps?.choreDone()
    } while (chores.areDue && !looks.isTradeWaiting() && looks.lookedMs < untilMs)
    return chores.areDue ? 1 : 0
  }

  #serve(session: Session, batch: TradeBatch): void {
    // Not `assert(…)`, whose call takes 3 ns: this runs for every turn and client.
    if (!this.#isTurning) assert.fail('a client is served within a turn')
    const { stamps } = this.#options
    const hasRecords = batch.count > 0 && session.cursor <= batch.sequence[batch.count - 1]!
    if (!hasRecords && session.dirty.isEmpty) return
    this.#session = session
    this.#corked = batch
    this.#cellFrames = 0
    session.cork(this.#send)
    if (!hasRecords) stamps?.sliced(this.#cellFrames)
    else if (batch === this.#batch) stamps?.sent(batch.count)
    else stamps?.caughtUp(batch.count)
  }

  readonly #send = (): void => {
    const session = this.#session!
    const batch = this.#corked
    const cells = this.#oldestFirst
    const { count, gapTo, readUs } = batch
    if (session.cursor <= gapTo && !sendOverrunGap(session, gapTo, this.#options)) return
    const cellCount = session.dirty.isEmpty ? 0 : cells.length
    // The client may have joined after the first record.
    const first = count > 0 ? Math.max(0, session.cursor - batch.sequence[0]!) : 0
    // The last step is for the cells after the records. A full batch has none: older records may follow.
    for (let record = first, next = 0; record <= Math.min(count, BATCH_RECORDS_MAX - 1); record += 1) {
      const untilUs = record < count ? readUs[record]! : Number.POSITIVE_INFINITY
      for (; next < cellCount && cells[next]!.copy.receivedUs < untilUs; next += 1) {
        this.#cellFrames += this.#sendCell(session, cells[next]!)
      }
      if (record === count) break
      if (!session.sendRecord(batch, record)) return
    }
    const last = count - 1
    if (count > 0 && session.cursor <= batch.sequence[last]!) assert.fail('a client is sent the whole batch')
    session.credit.markIfNeeded(this.#options.nowMs())
  }

  /** Everything dirty of this cell. Returns the frames sent. */
  #sendCell(session: Session, cell: Cell): number {
    const { isPacked } = session
    const bits = session.dirty.take(cell)
    let frameCount = 0
    if ((bits & Dirty.status) !== 0) {
      if (session.sendServerFrame(this.#options.boards.statusOf(cell, isPacked))) frameCount += 1
    }
    const payload = isPacked ? cell.copy.msgpack : cell.copy.json
    if ((bits & Dirty.payload) !== 0 && payload.length > 0 && session.sendServerFrame(payload)) frameCount += 1
    return frameCount
  }
}

function byReceipt(left: Cell, right: Cell): number {
  return left.copy.receivedUs - right.copy.receivedUs
}
