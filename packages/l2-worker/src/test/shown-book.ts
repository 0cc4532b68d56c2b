// Compares what a cell of the board shows with what its market knows.

import assert from 'node:assert/strict'
import type { CellCopy } from '@tradelane/shared/lanes/board-reader'
import { CellStatus } from '@tradelane/shared/market/nouns'
import { type TrueMarket, topText } from './true-market.js'

export function expectTrueCell(cell: CellCopy, market: TrueMarket): void {
  if (cell.status !== CellStatus.live) {
    assert.equal(cell.json.length, 0)
    return
  }
  const { data } = JSON.parse(Buffer.from(cell.json).toString()) as BookFrame
  const { bids, asks, sequence } = data.Snapshot
  assert.equal(sequence, cell.sequence)
  assert.equal(topText(textsOf(bids), textsOf(asks)), market.topAt(sequence))
}

interface BookFrame {
  readonly data: { readonly Snapshot: { readonly sequence: number; readonly bids: Side; readonly asks: Side } }
}
interface Side {
  readonly levels: readonly { readonly price: string; readonly amount: string }[]
}

function textsOf(side: Side): string[] {
  return side.levels.flatMap(level => [level.price, level.amount])
}
