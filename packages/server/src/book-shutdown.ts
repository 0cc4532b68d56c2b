// Withholds the books of an L2 worker that has exited: their age is unknown. No thread writes these cells until its successor
// starts.

import { BoardWriter, newCellHeader } from '@tradelane/shared/lanes/board'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { Lanes } from './lanes.js'
import { gatewayThreads, type Topology } from './topology.js'

const WITHHELD = { ...newCellHeader(), status: CellStatus.stale, reason: StatusReason.workerRestart }

export function withholdBooks(shard: number, topology: Topology, { bookBoard, clock, control }: Lanes): void {
  const bells = gatewayThreads(topology).map(index => new ThreadCell(control, index))
  const writer = new BoardWriter(bookBoard, bells)
  const nowUs = new Clock(clock).wallUs()
  for (const id of topology.shards[shard]?.instruments ?? []) {
    const cell = writer.find(Kind.orderBookL2, id)
    const { status, reason, sinceUs } = writer.header(cell)
    // Nothing was known about it, so there is nothing to withhold.
    if (reason === StatusReason.starting) continue
    const wasStale = status === CellStatus.stale
    writer.publish(cell, { ...WITHHELD, sinceUs: wasStale ? sinceUs : nowUs }, null, null)
  }
  writer.ring()
}
