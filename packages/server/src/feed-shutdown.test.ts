import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoardReader, BoardWriter } from '@tradelane/shared/lanes/board'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { Clock } from '@tradelane/shared/thread/clock'
import { markFeedsDown } from './feed-shutdown.js'
import { supervisorWith } from './test/supervisor-fixture.js'

test('links that were live are down from now on, those that were down keep their `since`, and no other is published', () => {
  const { topology, lanes } = supervisorWith({})
  const writer = new BoardWriter(lanes.stateBoard, [])
  const links = writer.cells.flatMap(({ kind }, cell) => (kind === Kind.link ? [cell] : []))
  const [live, down, ...undeclared] = links as [number, number, ...number[]]
  assert.ok(undeclared.length > 0)
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
  assert.ok(undeclared.every(cell => reader.copies[cell]?.version === 0))
})
