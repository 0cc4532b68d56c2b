// The status that every book and every link has before anything is known about it: stale since the start of the process. Written
// once, before any thread starts. Its cells therefore never show that they were not written, whichever thread reads them first.

import { CellStatus, Kind, StatusReason, type WallUs } from '../market/nouns.js'
import { BoardWriter, type CellSpec, newCellHeader } from './board.js'

/** Whether clients may be sent the status of such a cell. That of a subscription is empty until something is wrong with it. */
export function hasStatus(spec: CellSpec): boolean {
  return hasFirstStatus(spec) || spec.kind === Kind.subscription
}

/** `startUs`: no status of this process is from an earlier time. */
export function writeFirstStatus(board: SharedArrayBuffer, startUs: WallUs): void {
  const writer = new BoardWriter(board, [])
  const header = { ...newCellHeader(), status: CellStatus.stale, reason: StatusReason.starting, sinceUs: startUs }
  for (const [cell, spec] of writer.cells.entries()) if (hasFirstStatus(spec)) writer.publish(cell, header, null, null)
}

/** Whether anything of a link comes: it is live, or live but for instruments that the venue does not trade, or not list. */
export function isServing({ status, reason }: { readonly status: CellStatus; readonly reason: StatusReason }): boolean {
  if (status === CellStatus.live) return true
  return status === CellStatus.stale && (reason === StatusReason.notTrading || reason === StatusReason.notListed)
}

function hasFirstStatus({ kind }: CellSpec): boolean {
  return kind === Kind.orderBookL2 || kind === Kind.link
}
