// Books go before trades: a turn sees no trade until a book was sent.

import { Session } from '@tradelane/gateway/session'
import { TradeLogReader } from '@tradelane/shared/lanes/trade-log'

const { read, newest } = TradeLogReader.prototype
const { pump } = Session.prototype
let visibleSequence = 0

Session.prototype.pump = function (this: Session, nowMs: number): number {
  const sentCount = pump.call(this, nowMs)
  if (sentCount > 0) visibleSequence = Number.POSITIVE_INFINITY
  return sentCount
}

TradeLogReader.prototype.newest = function (this: TradeLogReader): number {
  return Math.min(newest.call(this), visibleSequence)
}

TradeLogReader.prototype.read = function (this: TradeLogReader, from, batch, recordCountMax): number {
  const countMax = Math.min(recordCountMax, visibleSequence - from + 1)
  if (countMax <= 0) {
    batch.clear()
    return from
  }
  const next = read.call(this, from, batch, countMax)
  visibleSequence = next - 1
  return next
}
