import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newCellHeader } from '@tradelane/shared/lanes/board'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { packTransient } from '@tradelane/shared/wire/msgpack'
import { BoardSet } from './board-set.js'
import { Dirty } from './change-log.js'
import { DirtyCells } from './dirty-cells.js'
import { TestLanes } from './test/test-lanes.js'

test('of a book that only grew older clients are sent the status, not the same book again', () => {
  const lanes = new TestLanes({})
  lanes.publishBook(0, 1)
  const boards = new BoardSet([lanes.stateBoard, lanes.bookBoard], [], [])
  const [book] = boards.lanes.book
  assert.ok(book)
  const changes = (reason: StatusReason, receivedUs: number): number => {
    const position = boards.changes.newest
    const header = { ...newCellHeader(), status: CellStatus.live, reason, sinceUs: 5, receivedUs }
    lanes.books.publish(0, header, '{}', null)
    while (boards.hasChanged()) boards.scan()
    return boards.changes.changesOf(book.index, position)
  }
  assert.equal(changes(StatusReason.exact, 100), Dirty.payload | Dirty.status)
  assert.equal(changes(StatusReason.unchanged15s, 100), Dirty.status)
  assert.equal(changes(StatusReason.unchanged60s, 100), Dirty.status)
  assert.equal(changes(StatusReason.exact, 200), Dirty.payload | Dirty.status)
  assert.equal(changes(StatusReason.unchanged15s, 300), Dirty.payload | Dirty.status, 'one in between was not seen')
})

test('a book that grew older when it was first made in MessagePack is sent to clients that read that', () => {
  const lanes = new TestLanes({ instrumentCount: 1 })
  const header = {
    ...newCellHeader(),
    status: CellStatus.live,
    reason: StatusReason.exact,
    sinceUs: 5,
    receivedUs: 100,
  }
  lanes.books.publish(0, header, '{}', null)
  const boards = new BoardSet([lanes.stateBoard, lanes.bookBoard], [], [])
  const [book] = boards.lanes.book
  assert.ok(book)
  // Its first client of MessagePack finds nothing to send.
  const client = new DirtyCells(boards)
  client.clear(book, 0)
  while (!client.isEmpty) client.take(client.next() ?? assert.fail('a cell is dirty'))
  const packed = packTransient({ kind: 'order_book_l2' })
  lanes.books.publish(0, { ...header, reason: StatusReason.unchanged15s, sinceUs: 6 }, '{}', packed)
  while (boards.hasChanged()) boards.scan()
  client.takeOver()
  assert.equal(client.take(book), Dirty.payload | Dirty.status)
  // From now on it has the book.
  lanes.books.publish(0, { ...header, reason: StatusReason.unchanged60s, sinceUs: 7 }, '{}', packed)
  while (boards.hasChanged()) boards.scan()
  client.takeOver()
  assert.equal(client.take(book), Dirty.status)
})
