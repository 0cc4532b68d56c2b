// Live books on a board whose L2 workers have none: in place of what each worker published last, because it continues to
// write and a cell has one writer. A reader that has seen that version already does not see the book.

import * as layout from '@tradelane/shared/lanes/board-layout'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'

const BOOK = '{"kind":"order_book_l2"}'

/** Cells with the reason `except` stay: their worker withheld them for it and will not publish the same again. */
export function plantLiveBooks(board: SharedArrayBuffer, except?: StatusReason): void {
  const { cells } = new BoardReader(board)
  const view = new DataView(board)
  const bufferBytes = layout.bufferBytes(view.getInt32(layout.CELL_BYTES_OFFSET, true))
  const firstBuffer = layout.INDEX_OFFSET + cells.length * layout.INDEX_BYTES
  for (const cell of cells.keys()) {
    const version = view.getInt32(layout.INDEX_OFFSET + cell * layout.INDEX_BYTES, true)
    const buffer = firstBuffer + (cell * 2 + (version & 1)) * bufferBytes
    if (view.getUint8(buffer + layout.REASON_OFFSET) === except) continue
    view.setUint8(buffer + layout.STATUS_OFFSET, CellStatus.live)
    view.setUint8(buffer + layout.REASON_OFFSET, StatusReason.exact)
    view.setUint32(buffer + layout.JSON_BYTES_OFFSET, BOOK.length, true)
    Buffer.from(board).write(BOOK, buffer + layout.PAYLOAD_OFFSET)
  }
}
