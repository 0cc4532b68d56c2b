// Marks the feeds of an ingest that has exited as down: its links, and through the depth rings the books of the L2 workers.
// No thread writes these cells and rings until its successor starts.

import { BoardReader, BoardWriter, newCellHeader } from '@tradelane/shared/lanes/board'
import { DepthRecordKind, DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import type { Lanes } from './lanes.js'
import { shardLanes } from './thread-starts.js'
import { gatewayThreads, type Topology } from './topology.js'

const NO_FRAME = new Uint8Array(0)

export function markFeedsDown(topology: Topology, lanes: Lanes): void {
  const clock = new Clock(lanes.clock)
  markLinksDown(topology, lanes, clock.wallUs())
  const nowUs = clock.monotonicUs()
  const { depthRings, shardThreads } = shardLanes(topology, lanes)
  for (const [shard, { instruments }] of topology.shards.entries()) {
    const bell = new ThreadCell(lanes.control, shardThreads[shard]!)
    const producer = new DepthRingProducer(depthRings[shard]!, bell)
    // A full ring drops the record; its worker still withholds the book, by the loss that every new producer counts.
    for (const id of instruments) producer.offer(DepthRecordKind.linkDown, id, nowUs, NO_FRAME)
    producer.ring()
  }
}

function markLinksDown(topology: Topology, { stateBoard, control }: Lanes, nowUs: number): void {
  const bells = gatewayThreads(topology).map(index => new ThreadCell(control, index))
  const writer = new BoardWriter(stateBoard, bells)
  const reader = new BoardReader(stateBoard)
  reader.scan([])
  const header = { ...newCellHeader(), status: CellStatus.down, reason: StatusReason.workerRestart }
  for (const [cell, { kind }] of writer.cells.entries()) {
    const before = reader.copies[cell]!
    // A link that was never published belongs to feeds that were never opened, and may never be.
    if (kind !== Kind.link || before.version === 0) continue
    const isDown = before.status === CellStatus.down
    writer.publish(cell, { ...header, sinceUs: isDown ? before.sinceUs : nowUs }, null, null)
  }
  writer.ring()
}
