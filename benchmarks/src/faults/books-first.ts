// Books go before trades: a turn sees no trade until a book was sent.

import type { Cell } from '@tradelane/gateway/board-set'
import { DirtyCells } from '@tradelane/gateway/dirty-cells'
import { TradeLogReader } from '@tradelane/shared/lanes/trade-log'

const { read, newest, isPublished } = TradeLogReader.prototype
const { clear } = DirtyCells.prototype
let visibleSequence = 0

DirtyCells.prototype.clear = function (this: DirtyCells, cell: Cell, byteCount: number): void {
  if (cell.lane === 'book' && byteCount > 0 && !this.isStatusDirty(cell)) visibleSequence = Number.POSITIVE_INFINITY
  clear.call(this, cell, byteCount)
}

TradeLogReader.prototype.newest = function (this: TradeLogReader): number {
  return Math.min(newest.call(this), visibleSequence)
}

TradeLogReader.prototype.isPublished = function (this: TradeLogReader, sequence: number): boolean {
  return sequence <= visibleSequence && isPublished.call(this, sequence)
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
