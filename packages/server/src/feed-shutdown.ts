// Marks the feeds of an ingest that has exited as down: its links, and through the depth rings the books of the L2 workers.
// No thread writes these cells and rings until its successor starts.

import { BoardWriter, newCellHeader } from '@tradelane/shared/lanes/board'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { DepthRecordKind, DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, type InstrumentId, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { Lanes } from './lanes.js'
import { shardLanes } from './thread-starts.js'
import { gatewayThreads, type Topology } from './topology.js'

const NO_FRAME = new Uint8Array(0)
const DOWN = { ...newCellHeader(), status: CellStatus.down, reason: StatusReason.workerRestart }

export function markFeedsDown(topology: Topology, lanes: Lanes): void {
  const clock = new Clock(lanes.clock)
  markLinksDown(topology, lanes, clock.wallUs())
  const nowUs = clock.monotonicUs()
  const { depthRings, shardThreads } = shardLanes(topology, lanes)
  const isStarting = startingBooks(lanes.bookBoard)
  for (const [shard, { instruments }] of topology.shards.entries()) {
    const bell = new ThreadCell(lanes.control, shardThreads[shard]!)
    const producer = new DepthRingProducer(depthRings[shard]!, bell)
    // A full ring drops the record; its worker still withholds the book, by the loss that every new producer counts.
    for (const id of instruments) {
      // About a book that is starting nothing was known. If its worker has yet to read of a connection: the same loss withholds it.
      if (!isStarting.has(id)) producer.offer(DepthRecordKind.linkDown, id, nowUs, NO_FRAME)
    }
    producer.ring()
  }
}

/** Their workers run, and may publish at any time. */
function startingBooks(bookBoard: SharedArrayBuffer): ReadonlySet<InstrumentId> {
  const reader = new BoardReader(bookBoard)
  reader.scan([])
  const starting = reader.cells.filter((_, cell) => reader.copies[cell]!.reason === StatusReason.starting)
  return new Set(starting.map(({ instrument }) => instrument))
}

function markLinksDown(topology: Topology, { stateBoard, control }: Lanes, nowUs: number): void {
  const bells = gatewayThreads(topology).map(index => new ThreadCell(control, index))
  const writer = new BoardWriter(stateBoard, bells)
  for (const [cell, { kind }] of writer.cells.entries()) {
    const { status, reason, sinceUs } = writer.header(cell)
    // Nothing is known yet about a link that is starting: its feeds were never opened, and may never be.
    if (kind !== Kind.link || reason === StatusReason.starting) continue
    const wasDown = status === CellStatus.down
    writer.publish(cell, { ...DOWN, sinceUs: wasDown ? sinceUs : nowUs }, null, null)
  }
  writer.ring()
}
