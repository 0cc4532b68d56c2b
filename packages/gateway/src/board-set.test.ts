import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoardWriter, createBoard, newCellHeader } from '@tradelane/shared/lanes/board'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { isServing } from '@tradelane/shared/lanes/first-status'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { isoUs } from '@tradelane/shared/wire/timestamps'
import { BoardSet, type Cell } from './board-set.js'
import { Dirty } from './change-log.js'
import { SCAN_COPIES_MAX } from './limits.js'
import { PRODUCT, START_US, TestLanes } from './test/test-lanes.js'

test('a scan reports each changed cell once, and what changed in it', () => {
  const { lanes, boards, book } = fixture()
  assert.equal(boards.scan(), 0)
  lanes.publishBook(1, 1)
  lanes.publishBook(1, 2)
  assert.ok(boards.hasChanged())
  const position = boards.changes.newest
  assert.equal(boards.scan(), 1)
  assert.deepEqual(changesSince(boards, position), [[book(1).index, Dirty.payload | Dirty.status]])
  assert.match(text(book(1).copy.json), /"version":2/)
  assert.equal(boards.hasChanged(), false)
})

test('a book that stays live has no status change', () => {
  const { lanes, boards } = fixture()
  lanes.publishBook(0, 1)
  assert.deepEqual(scanned(boards), [[3, Dirty.payload | Dirty.status]])
  lanes.publishBook(0, 2)
  assert.deepEqual(scanned(boards), [[3, Dirty.payload]])
})

test('a withheld book has a status and no payload; when it is live again it has both', () => {
  const { lanes, boards, book } = fixture()
  lanes.publishBook(0, 1)
  boards.scan()
  lanes.withholdBook(0)
  assert.deepEqual(scanned(boards), [[book(0).index, Dirty.status]])
  assert.equal(book(0).copy.json.length, 0)
  const status = JSON.parse(text(boards.statusOf(book(0), false)))
  assert.deepEqual([status.type, status.state, status.reason], ['status', 'stale', 'gap'])
  assert.deepEqual([status.product, status.exchange, status.of], [PRODUCT.id, PRODUCT.exchange, 'order_book_l2'])
  assert.equal('kind' in status, false)
  assert.deepEqual(status.instrument, { base: 'coin0', quote: 'usdt', kind: 'Perpetual' })
  lanes.publishBook(0, 2)
  assert.deepEqual(scanned(boards), [[book(0).index, Dirty.payload | Dirty.status]])
  assert.equal(JSON.parse(text(boards.statusOf(book(0), false))).state, 'live')
})

test('before anything is known a book and a link are starting since the start of the process', () => {
  const { boards, book } = fixture()
  const link = boards.cells.find(({ spec }) => spec.kind === Kind.link) ?? assert.fail()
  for (const cell of [book(0), book(1), link]) {
    const { state, reason, since } = JSON.parse(text(boards.statusOf(cell, false)))
    assert.deepEqual([state, reason, since], ['stale', 'starting', isoUs(START_US)])
  }
})

test('a cell that was left without its first status is caught', () => {
  const { lanes } = fixture()
  const board = createBoard(new BoardReader(lanes.bookBoard).cells, 64)
  const boards = new BoardSet([board], [PRODUCT], lanes.instruments)
  assert.throws(() => boards.statusOf(boards.cells[0]!, false), /a cell with a status has one from the start/)
})

test('a status is encoded once for all clients', () => {
  const { boards, book } = fixture()
  const frame = boards.statusOf(book(0), false)
  assert.equal(boards.statusOf(book(0), false), frame)
  assert.notDeepEqual(boards.statusOf(book(0), true), frame)
})

test('state has no status; a link has nothing but its status', () => {
  const { lanes, boards } = fixture()
  lanes.publishTop(0, 1)
  assert.deepEqual(scanned(boards), [[0, Dirty.payload]])
  lanes.setLink(true)
  assert.deepEqual(scanned(boards), [[2, Dirty.status]])
})

test('changes are noted in the order of the cells, whatever the order of their publication', () => {
  const { lanes, boards } = fixture()
  lanes.publishBook(1, 1)
  lanes.publishBook(0, 1)
  lanes.publishTop(1, 1)
  lanes.setLink(true)
  lanes.publishTop(0, 1)
  assert.deepEqual(
    scanned(boards).map(([index]) => index),
    [0, 1, 2, 3, 4],
  )
})

test('after a long pause the boards are copied in parts, and until the last one a pass is under way', () => {
  const INSTRUMENTS = 100
  const lanes = new TestLanes({ instrumentCount: INSTRUMENTS })
  const boards = new BoardSet([lanes.stateBoard, lanes.bookBoard], [PRODUCT], lanes.instruments)
  for (let index = 0; index < INSTRUMENTS; index += 1) {
    lanes.publishTop(index, 1)
    lanes.publishBook(index, 1)
  }
  const position = boards.changes.newest
  const parts: number[] = []
  do parts.push(boards.scan())
  while (boards.isScanning)
  assert.ok(
    parts.every(copyCount => copyCount <= SCAN_COPIES_MAX),
    parts.join(),
  )
  assert.equal(changesSince(boards, position).length, 2 * INSTRUMENTS)
  assert.equal(boards.hasChanged(), false)
})

test('one live trade link is enough for readiness', () => {
  const { lanes, boards } = fixture()
  assert.equal(boards.hasLiveTradeLink(), false)
  lanes.setLink(true)
  boards.scan()
  assert.ok(boards.hasLiveTradeLink())
  lanes.setLink(false)
  boards.scan()
  assert.equal(boards.hasLiveTradeLink(), false)
})

test('a subscription has a status from when something is wrong with it', () => {
  const { instruments } = new TestLanes({ instrumentCount: 2 })
  const instrument = instruments[1]!
  const spec = { kind: Kind.subscription, about: Kind.trade, instrument: instrument.id, product: PRODUCT.index }
  const board = createBoard([spec], 64)
  const writer = new BoardWriter(board, [])
  const boards = new BoardSet([board], [PRODUCT], instruments)
  const { status } = boards.sets
  assert.ok(status.isEmpty(boards.present), 'a new client is told nothing of it')
  const header = { ...newCellHeader(), status: CellStatus.down, reason: StatusReason.notTrading, sinceUs: START_US }
  writer.publish(0, header, null, null)
  assert.deepEqual(scanned(boards), [[0, Dirty.status]])
  assert.ok(!status.isEmpty(boards.present))
  const frame = JSON.parse(text(boards.statusOf(boards.cells[0]!, false)))
  assert.deepEqual([frame.of, frame.state, frame.reason], ['trade', 'down', 'not_trading'])
  assert.equal(frame.instrument.base, instrument.base)
})

test('a product of which a part is not traded is served, one that is starting is not', () => {
  const { live, stale, down } = CellStatus
  assert.ok(isServing({ status: live, reason: StatusReason.connected }))
  assert.ok(isServing({ status: stale, reason: StatusReason.notTrading }))
  assert.ok(isServing({ status: stale, reason: StatusReason.notListed }))
  assert.ok(!isServing({ status: stale, reason: StatusReason.starting }))
  assert.ok(!isServing({ status: down, reason: StatusReason.notTrading }))
})

function fixture() {
  const lanes = new TestLanes({ instrumentCount: 2 })
  const boards = new BoardSet([lanes.stateBoard, lanes.bookBoard], [PRODUCT], lanes.instruments)
  const book = (index: number): Cell => boards.lanes.book[index]!
  return { lanes, boards, book }
}

/** What a scan of everything notes, as pairs of a cell's index and what changed in it. */
function scanned(boards: BoardSet): number[][] {
  const position = boards.changes.newest
  while (boards.hasChanged()) boards.scan()
  return changesSince(boards, position)
}

function changesSince({ changes }: BoardSet, position: number): number[][] {
  const pairs: number[][] = []
  for (let index = changes.last(position); index >= 0; index = changes.previous(index, position)) {
    pairs.unshift([index, changes.changesOf(index, position)])
  }
  return pairs
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}
