// The order of a server without priorities (ISOLATION=off), the baseline of `PriorityMerge`: records of the trade log and
// changed cells leave in the order in which they were received, and no credit bounds them.

import { TradeBatch } from '@tradelane/shared/trade-log'
import type { Cell } from './board-set.js'
import { BATCH_RECORDS_MAX } from './limits.js'
import { type Merge, type MergeOptions, tellOverrun } from './merge.js'
import type { Session } from './session.js'

export class FifoMerge implements Merge {
  readonly #options: MergeOptions
  readonly #sessions = new Set<Session>()
  readonly #batch = new TradeBatch(BATCH_RECORDS_MAX)
  readonly #oldestFirst: Cell[]

  constructor(options: MergeOptions) {
    this.#options = options
    this.#oldestFirst = [...options.boards.cells]
  }

  add(session: Session): void {
    this.#sessions.add(session)
  }

  remove(session: Session): void {
    this.#sessions.delete(session)
  }

  turn(): number {
    const { boards, log, nowMs } = this.#options
    const changeCount = boards.hasChanged() ? boards.scan() : 0
    if (changeCount > 0) this.#oldestFirst.sort((left, right) => left.copy.receivedUs - right.copy.receivedUs)
    let [readFrom, workCount] = [0, changeCount]
    for (const session of this.#sessions) {
      for (let index = 0; index < changeCount; index += 1) session.mark(boards.changed[index]!, boards.changes[index]!)
      if (!session.isReady(nowMs())) continue
      // Clients that are level share one read of the log.
      if (session.cursor !== readFrom) log.read(session.cursor, this.#batch, BATCH_RECORDS_MAX)
      readFrom = session.cursor
      if (this.#batch.count > 0 || session.hasDirty) session.cork(() => this.#send(session))
      workCount += this.#batch.count
    }
    return workCount
  }

  #send(session: Session): void {
    const { count, gapFrom, gapTo, receivedUs } = this.#batch
    if (gapTo > 0) tellOverrun(session, gapFrom, gapTo, this.#options)
    const cells = session.hasDirty ? this.#oldestFirst : []
    // The last step is for the cells behind the records. A full batch has none: older records may follow.
    for (let record = 0, next = 0; record <= Math.min(count, BATCH_RECORDS_MAX - 1); record += 1) {
      const untilUs = record < count ? receivedUs[record]! : Number.POSITIVE_INFINITY
      for (; next < cells.length && cells[next]!.copy.receivedUs < untilUs; next += 1) session.sendCell(cells[next]!)
      if (record === count) break
      session.sendRecord(this.#batch, record)
    }
    session.credit.pingIfDue(this.#options.nowMs())
  }
}
