import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoardWriter, newCellHeader } from '@tradelane/shared/lanes/board'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { DepthRingConsumer } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { withholdBooks } from './book-shutdown.js'
import { markFeedsDown } from './feed-shutdown.js'
import { supervisorWith } from './test/supervisor-fixture.js'

test('links that were live are down from now on, those that were down keep their `since`, and no other is published', () => {
  const { topology, lanes } = supervisorWith({})
  const writer = new BoardWriter(lanes.stateBoard, [])
  const links = writer.cells.flatMap(({ kind }, cell) => (kind === Kind.link ? [cell] : []))
  const [live, down, ...starting] = links as [number, number, ...number[]]
  assert.ok(starting.length > 0)
  const header = { sinceUs: 1, receivedUs: 0, venueUs: 0, sequence: 0 }
  writer.publish(live, { ...header, status: CellStatus.live, reason: StatusReason.connected }, null, null)
  writer.publish(down, { ...header, status: CellStatus.down, reason: StatusReason.disconnected }, null, null)
  const beforeUs = new Clock(lanes.clock).wallUs()
  // A successor may exit before it has opened anything: twice has the effect of once.
  for (const _death of ['first', 'second']) markFeedsDown(topology, lanes)
  const reader = new BoardReader(lanes.stateBoard)
  reader.scan([])
  for (const cell of [live, down]) {
    const { status, reason } = reader.copies[cell] ?? assert.fail()
    assert.deepEqual([status, reason], [CellStatus.down, StatusReason.workerRestart])
  }
  assert.ok((reader.copies[live]?.sinceUs ?? 0) >= beforeUs)
  assert.equal(reader.copies[down]?.sinceUs, 1)
  for (const cell of starting) assertStarting(reader, cell)
})

test('books of which nothing is known keep their first status when ingest or their worker exits; others do not', () => {
  const { topology, lanes } = supervisorWith({})
  const writer = new BoardWriter(lanes.bookBoard, [])
  const [live, stale, ...starting] = writer.cells.keys()
  assert.ok(live !== undefined && stale !== undefined && starting.length > 0)
  const header = { ...newCellHeader(), sinceUs: 1 }
  writer.publish(live, { ...header, status: CellStatus.live, reason: StatusReason.exact }, null, null)
  writer.publish(stale, { ...header, status: CellStatus.stale, reason: StatusReason.sequenceGap }, null, null)
  const ring = new DepthRingConsumer(lanes.depthRings[0]!)
  markFeedsDown(topology, lanes)
  const withdrawn: number[] = []
  while (ring.read()) withdrawn.push(ring.record.instrument)
  assert.deepEqual(
    withdrawn.sort(),
    [live, stale].map(cell => writer.cells[cell]!.instrument),
  )
  const beforeUs = new Clock(lanes.clock).wallUs()
  for (const _death of ['first', 'second']) withholdBooks(0, topology, lanes)
  const reader = new BoardReader(lanes.bookBoard)
  reader.scan([])
  for (const cell of [live, stale]) {
    const { status, reason } = reader.copies[cell] ?? assert.fail()
    assert.deepEqual([status, reason], [CellStatus.stale, StatusReason.workerRestart])
  }
  assert.ok(reader.copies[live]!.sinceUs >= beforeUs)
  assert.equal(reader.copies[stale]!.sinceUs, 1, 'stale since then')
  for (const cell of starting) assertStarting(reader, cell)
})

function assertStarting(reader: BoardReader, cell: number): void {
  const { status, reason, version } = reader.copies[cell] ?? assert.fail()
  assert.deepEqual([status, reason, version], [CellStatus.stale, StatusReason.starting, 1])
}
