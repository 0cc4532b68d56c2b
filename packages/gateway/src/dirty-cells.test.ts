import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BoardSet, type Cell } from './board-set.js'
import { Dirty } from './change-log.js'
import { DirtyCells } from './dirty-cells.js'
import { PRODUCT, TestLanes } from './test/test-lanes.js'

test('a client starts with every status and every payload on the boards, status first', () => {
  const lanes = new TestLanes({ instrumentCount: 2 })
  lanes.setLink(true)
  lanes.publishTop(1, 1)
  lanes.publishBook(0, 1)
  lanes.withholdBook(1)
  const boards = scanned(lanes)
  const dirty = new DirtyCells(boards)
  assert.deepEqual(drain(dirty, 1), [
    'status link -1',
    'status order_book_l2 0',
    'status order_book_l2 1',
    'order_book_l1 1',
    'order_book_l2 0',
  ])
  assert.ok(dirty.isEmpty)
})

test('a cell that changes twice before it is sent is sent once', () => {
  const { dirty, mark } = clean(2)
  mark('book', 0)
  mark('book', 0)
  assert.deepEqual(drain(dirty, 100), ['order_book_l2 0'])
  assert.equal(dirty.next(), undefined)
})

test('state and books get equal bytes, not equal frames', () => {
  const { dirty, mark, boards } = clean(4)
  const bytes = { state: 300, book: 6_000 }
  const sent = { state: 0, book: 0 }
  for (let count = 0; count < 1_000; count += 1) {
    for (let index = 0; index < 4; index += 1) {
      mark('state', index)
      mark('book', index)
    }
    const cell = dirty.next()!
    sent[cell.lane] += bytes[cell.lane]
    dirty.clear(cell, bytes[cell.lane])
    assert.ok(Math.abs(sent.state - sent.book) <= bytes.book, 'never more than one frame apart')
  }
  assert.ok(boards.lanes.state.length > 0)
})

test('bytes that a lane was sent while it was alone do not count against it', () => {
  const { dirty, mark } = clean(2)
  for (let count = 0; count < 50; count += 1) {
    mark('state', count % 2)
    dirty.clear(dirty.next()!, 300)
  }
  mark('book', 0)
  mark('state', 0)
  dirty.clear(dirty.next()!, 300)
  assert.equal(dirty.next()?.lane, 'book')
})

test('every instrument of a lane gets the same share, also when all of them keep changing', () => {
  const { dirty, mark } = clean(7)
  const counts = new Array<number>(7).fill(0)
  for (let count = 0; count < 700; count += 1) {
    for (let index = 0; index < 7; index += 1) mark('book', index)
    const cell = dirty.next()!
    counts[cell.spec.instrument]! += 1
    dirty.clear(cell, 1_000)
  }
  assert.deepEqual(counts, new Array<number>(7).fill(100))
})

test('a cell with nothing to send after all takes no share from the next', () => {
  const { dirty, mark } = clean(3)
  for (const index of [0, 1, 2]) mark('book', index)
  const first = dirty.next()!
  dirty.clear(first, 0)
  assert.deepEqual(drain(dirty, 100), ['order_book_l2 1', 'order_book_l2 2'])
  assert.ok(dirty.isEmpty)
})

test('a status that changes again while the payload waits goes first, and the payload still follows', () => {
  const { dirty, mark, boards } = clean(2)
  mark('book', 1)
  boards.changes.add(boards.lanes.book[1]!.index, Dirty.status | Dirty.payload)
  dirty.takeOver()
  assert.deepEqual(drain(dirty, 100), ['status order_book_l2 1', 'order_book_l2 1'])
})

test('clearing what is not dirty, and a change of a cell that no board has, are caught', () => {
  const { dirty, boards } = clean(2)
  const cell = boards.lanes.book[0]!
  assert.throws(() => dirty.clear(cell, 100), { name: 'AssertionError', message: 'a cell that is cleared is dirty' })
  assert.throws(() => boards.changes.add(99, Dirty.payload), { message: 'a cell that changes is on a board' })
})

test('over random operations the counts agree with the bits of every cell', () => {
  const operation = fc.record({ act: fc.constantFrom('mark', 'clear', 'take'), index: fc.nat(6), changes: fc.nat(3) })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 100 }), operations => {
      const { dirty, boards } = clean(3)
      const expected = new Map<number, number>()
      for (const { act, index, changes } of operations) {
        const cell = boards.cells[index]!
        const bits = expected.get(index) ?? 0
        if (act === 'mark') {
          boards.changes.add(index, cell.hasStatus ? changes : changes & Dirty.payload)
          dirty.takeOver()
          expected.set(index, bits | (cell.hasStatus ? changes : changes & Dirty.payload))
        } else if (act === 'take') {
          assert.equal(dirty.take(cell), bits)
          expected.delete(index)
        } else if (bits !== 0) {
          dirty.clear(cell, 100)
          expected.set(index, (bits & Dirty.status) !== 0 ? bits & ~Dirty.status : 0)
        }
        assert.equal(
          dirty.isEmpty,
          [...expected.values()].every(each => each === 0),
        )
      }
      const bitsLeft = [...expected.values()].reduce((sum, bits) => sum + (bits & 1) + (bits >> 1), 0)
      assert.equal(drain(dirty, 100).length, bitsLeft)
    }),
  )
})

test('to find the next cell no other is looked at, however many there are', () => {
  const INSTRUMENTS = 1_000
  const lanes = new TestLanes({ instrumentCount: INSTRUMENTS })
  for (let index = 0; index < INSTRUMENTS; index += 1) {
    lanes.publishTop(index, 1)
    lanes.publishBook(index, 1)
  }
  const boards = scanned(lanes)
  let readCount = 0
  const counted = <Row extends object>(row: Row): Row =>
    new Proxy(row, {
      get: (target, name) => {
        readCount += 1
        return Reflect.get(target, name)
      },
    })
  const watched = Object.create(boards, {
    cells: { value: counted(boards.cells) },
    lanes: { value: { state: counted(boards.lanes.state), book: counted(boards.lanes.book) } },
  }) as BoardSet
  const dirty = new DirtyCells(watched)
  readCount = 0
  let frameCount = 0
  for (let cell = dirty.next(); cell !== undefined; cell = dirty.next()) {
    dirty.clear(cell, 100)
    frameCount += 1
  }
  assert.equal(frameCount, 3 * INSTRUMENTS + 1)
  assert.ok(readCount <= 2 * frameCount, `${readCount} cells for ${frameCount} frames`)
})

function scanned(lanes: TestLanes): BoardSet {
  return new BoardSet([lanes.stateBoard, lanes.bookBoard], [PRODUCT], lanes.instruments)
}

/** A client with nothing left to send. */
function clean(instrumentCount: number) {
  const lanes = new TestLanes({ instrumentCount })
  for (let index = 0; index < instrumentCount; index += 1) {
    lanes.publishTop(index, 1)
    lanes.publishBook(index, 1)
  }
  const boards = scanned(lanes)
  const dirty = new DirtyCells(boards)
  for (let cell = dirty.next(); cell !== undefined; cell = dirty.next()) dirty.clear(cell, 0)
  assert.ok(dirty.isEmpty)
  const mark = (lane: 'state' | 'book', index: number): void => {
    boards.changes.add(boards.lanes[lane][index]!.index, Dirty.payload)
    dirty.takeOver()
  }
  return { boards, dirty, mark }
}

function drain(dirty: DirtyCells, bytes: number): string[] {
  const order: string[] = []
  for (let cell = dirty.next(); cell !== undefined; cell = dirty.next()) {
    order.push(describe(cell, dirty.isStatusDirty(cell)))
    dirty.clear(cell, bytes)
  }
  return order
}

function describe({ spec, lane, laneIndex }: Cell, isStatus: boolean): string {
  const isLink = lane === 'state' && spec.kind !== spec.about
  const name = isLink ? 'link -1' : `${lane === 'book' ? 'order_book_l2' : 'order_book_l1'} ${laneIndex}`
  return isStatus ? `status ${name}` : name
}
