// What must never be published, planted and caught. `l2-agent.test.ts` and `worker.test.ts` test what is published.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoardWriter, createBoard } from '@tradelane/shared/lanes/board'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { Clock, monotonicUs } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import { BookPublisher } from './book-publisher.js'
import { BookHarness, LEVEL_COUNT } from './test/book-fixture.js'
import { newShardStart } from './test/shard-start.js'

const { linkUp, linkDown, stream } = DepthRecordKind

function newPublisher(depthLevels = LEVEL_COUNT, bookBoard?: SharedArrayBuffer): BookPublisher {
  const start = newShardStart()
  return new BookPublisher({
    start: { ...start, depthLevels },
    board: new BoardWriter(bookBoard ?? start.bookBoard, []),
    clock: new Clock(start.clock),
    nowUs: monotonicUs,
    counters: new Counters(start.counters, 0),
    wires: start.instruments.map(instrument => new InstrumentWire(instrument)),
    gateways: [],
  })
}

function liveHarness(snapshotLevelsMax?: number): BookHarness {
  const harness = new BookHarness('binance-futures', 1, snapshotLevelsMax)
  harness.give(linkUp).giveDelta().pass(1).answer()
  assert.ok(harness.book.isLive)
  return harness
}

test('a stale book is never shown as live', () => {
  const harness = liveHarness()
  const { book } = harness
  assert.ok(newPublisher().publishLive(book))
  harness.give(linkDown)
  assert.throws(
    () => newPublisher().publishLive(book),
    /only a book that is exact, not crossed and not silent is shown/,
  )
})

test('a crossed book is never shown', () => {
  const harness = liveHarness()
  const { book, market } = harness
  harness.give(stream, market.deltaFrame({ ...market.step(), bids: [['900000.0', '1.000']] }))
  assert.ok(book.isLive && book.isCrossed)
  assert.throws(
    () => newPublisher().publishLive(book),
    /only a book that is exact, not crossed and not silent is shown/,
  )
})

test('a level that is not known is never shown', () => {
  const { book } = liveHarness(LEVEL_COUNT + 1)
  assert.throws(() => newPublisher(2 * LEVEL_COUNT).publishLive(book), /every level that is shown is known/)
})

test('a book that does not fit its cell is withheld once, whatever changes, and its status keeps its time', () => {
  const { bookBoard } = newShardStart()
  const small = createBoard(new BoardWriter(bookBoard, []).cells, 512)
  const board = new BoardReader(small)
  const harness = liveHarness()
  const publisher = newPublisher(LEVEL_COUNT, small)
  assert.ok(!publisher.publishLive(harness.book))
  board.scan([])
  const cell = board.copies[0]
  assert.deepEqual([cell?.status, cell?.reason], [CellStatus.stale, StatusReason.malformed])
  assert.ok(!publisher.publishLive(harness.giveDelta().book))
  assert.ok(!board.hasChanged())
})

test('a book is never withheld without a reason', () => {
  assert.throws(() => newPublisher().publishStale(0, StatusReason.none), /a withheld book has a reason/)
})
