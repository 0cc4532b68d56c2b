// The status that every book and every link has before anything is known about it: stale since the start of the process. Written
// once, before any thread starts. Its cells therefore never show that they were not written, whichever thread reads them first.

import { CellStatus, Kind, StatusReason, type WallUs } from '../market/nouns.js'
import { BoardWriter, type CellSpec, newCellHeader } from './board.js'

/** Whether clients are sent the status of such a cell. */
export function hasStatus({ kind }: CellSpec): boolean {
  return kind === Kind.orderBookL2 || kind === Kind.link
}

/** `startUs`: no status of this process is from an earlier time. */
export function writeFirstStatus(board: SharedArrayBuffer, startUs: WallUs): void {
  const writer = new BoardWriter(board, [])
  const header = { ...newCellHeader(), status: CellStatus.stale, reason: StatusReason.starting, sinceUs: startUs }
  for (const [cell, spec] of writer.cells.entries()) if (hasStatus(spec)) writer.publish(cell, header, null, null)
}
