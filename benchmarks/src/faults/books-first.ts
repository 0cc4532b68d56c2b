// Books go before trades: the turn gets no trade to see until a book was sent.

import { Session } from '@tradelane/gateway/session'
import { TradeLogReader } from '@tradelane/shared/lanes/trade-log'

const { read, newest } = TradeLogReader.prototype
const { pump } = Session.prototype
let shownSequence = 0

Session.prototype.pump = function (this: Session, nowMs: number): number {
  const sentCount = pump.call(this, nowMs)
  if (sentCount > 0) shownSequence = Number.POSITIVE_INFINITY
  return sentCount
}

TradeLogReader.prototype.newest = function (this: TradeLogReader): number {
  return Math.min(newest.call(this), shownSequence)
}

TradeLogReader.prototype.read = function (this: TradeLogReader, from, batch, recordCountMax): number {
  const countMax = Math.min(recordCountMax, shownSequence - from + 1)
  if (countMax <= 0) {
    batch.clear()
    return from
  }
  const next = read.call(this, from, batch, countMax)
  shownSequence = next - 1
  return next
}
