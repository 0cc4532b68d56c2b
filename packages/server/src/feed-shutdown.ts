// Tells in the place of a dead ingest that its connections are gone: links are down, and the L2 workers withhold their books.
// Nobody else writes these cells, and into these rings, until its successor starts.

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
  tellLinksDown(topology, lanes, clock.wallUs())
  const nowUs = clock.monotonicUs()
  const { depthRings, shardThreads } = shardLanes(topology, lanes)
  for (const [shard, { instruments }] of topology.shards.entries()) {
    const bell = new ThreadCell(lanes.control, shardThreads[shard]!)
    const producer = new DepthRingProducer(depthRings[shard]!, bell)
    // In a full ring the loss that every new producer counts does the same.
    for (const id of instruments) producer.offer(DepthRecordKind.linkDown, id, nowUs, NO_FRAME)
    producer.ring()
  }
}

function tellLinksDown(topology: Topology, { stateBoard, control }: Lanes, nowUs: number): void {
  const bells = gatewayThreads(topology).map(index => new ThreadCell(control, index))
  const writer = new BoardWriter(stateBoard, bells)
  const reader = new BoardReader(stateBoard)
  reader.scan([])
  const header = { ...newCellHeader(), status: CellStatus.down, reason: StatusReason.workerRestart }
  for (const [cell, { kind }] of writer.cells.entries()) {
    const before = reader.copies[cell]!
    // Of a feed that nobody opened no client was told, and no successor may ever open it.
    if (kind !== Kind.link || before.version === 0) continue
    const isDown = before.status === CellStatus.down
    writer.publish(cell, { ...header, sinceUs: isDown ? before.sinceUs : nowUs }, null, null)
  }
  writer.ring()
}
