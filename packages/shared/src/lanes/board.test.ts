import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CellStatus,
  INSTRUMENT_NONE,
  type InstrumentId,
  Kind,
  type ProductIndex,
  StatusReason,
  type WallUs,
} from '../market/nouns.js'
import { createControlBlock, ThreadCell } from '../thread/parking.js'
import { BoardWriter, type CellHeader, type CellSpec, createBoard, newCellHeader } from './board.js'
import * as layout from './board-layout.js'
import { BoardReader } from './board-reader.js'
import { hasStatus, writeFirstStatus } from './first-status.js'

const CELL_BYTES = 64
const PRODUCT = 3 as ProductIndex
const SPECS: readonly CellSpec[] = [
  { kind: Kind.orderBookL1, instrument: 0 as InstrumentId, product: PRODUCT, about: Kind.orderBookL1 },
  { kind: Kind.openInterest, instrument: 0 as InstrumentId, product: PRODUCT, about: Kind.openInterest },
  { kind: Kind.orderBookL1, instrument: 65_534 as InstrumentId, product: PRODUCT, about: Kind.orderBookL1 },
  { kind: Kind.link, instrument: INSTRUMENT_NONE, product: PRODUCT, about: Kind.trade },
]

const BOOK: CellSpec = {
  kind: Kind.orderBookL2,
  instrument: 1 as InstrumentId,
  product: PRODUCT,
  about: Kind.orderBookL2,
}
const START_US = 1_790_000_000_000_000 as WallUs

const LIVE: CellHeader = {
  status: CellStatus.live,
  reason: StatusReason.snapshot,
  sinceUs: 1.5,
  receivedUs: 2.5,
  venueUs: 3.5,
  sequence: 2 ** 53 - 1,
}

function newBoard() {
  const board = createBoard(SPECS, CELL_BYTES)
  const changed: number[] = []
  return { board, writer: new BoardWriter(board, []), reader: new BoardReader(board), changed }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

test('reader and writer find the cells as they were made', () => {
  const { writer, reader } = newBoard()
  assert.deepEqual(writer.cells, SPECS)
  assert.deepEqual(reader.cells, SPECS)
  assert.equal(writer.find(Kind.orderBookL1, 65_534 as InstrumentId), 2)
  assert.equal(writer.find(Kind.openInterest, 65_534 as InstrumentId), -1)
  assert.equal(writer.findLink(PRODUCT, Kind.trade), 3)
  assert.equal(writer.findLink(PRODUCT, Kind.orderBookL2), -1)
})

for (const [name, offset] of [
  ['magic', layout.MAGIC_OFFSET],
  ['version', layout.VERSION_OFFSET],
] as const) {
  test(`a board with another ${name} is refused by writer and reader`, () => {
    const board = createBoard(SPECS, CELL_BYTES)
    new DataView(board).setInt32(offset, 77, true)
    assert.throws(() => new BoardWriter(board, []), /not a board of this version/)
    assert.throws(() => new BoardReader(board), /not a board of this version/)
  })
}

test('a board that was never written has not changed', () => {
  const { reader, changed } = newBoard()
  assert.equal(reader.hasChanged(), false)
  assert.equal(reader.scan(changed), 0)
  assert.equal(reader.copies[0]!.version, 0)
  assert.equal(reader.copies[0]!.status, CellStatus.empty)
})

test('every field and both forms arrive as they were written', () => {
  const { writer, reader, changed } = newBoard()
  assert.ok(writer.publish(2, LIVE, '{"a":1}', Buffer.from([0, 1, 255])))
  assert.ok(reader.hasChanged())
  assert.equal(reader.scan(changed), 1)
  assert.deepEqual(changed, [2])
  const { json, msgpack, version, ...header } = reader.copies[2]!
  assert.deepEqual(header, LIVE)
  assert.equal(version, 1)
  assert.equal(textOf(json), '{"a":1}')
  assert.deepEqual([...msgpack], [0, 1, 255])
  assert.equal(reader.hasChanged(), false)
  assert.equal(reader.scan(changed), 0)
  assert.deepEqual(changed, [])
})

test('only the newest state of a cell is seen, and only cells that changed', () => {
  const { writer, reader, changed } = newBoard()
  for (let sequence = 1; sequence <= 7; sequence += 1) {
    writer.publish(0, { ...LIVE, sequence }, `"${sequence}"`, null)
    if (sequence % 3 === 0) writer.publish(3, { ...LIVE, sequence }, null, null)
  }
  reader.scan(changed)
  assert.deepEqual(changed, [0, 3])
  assert.equal(textOf(reader.copies[0]!.json), '"7"')
  assert.equal(reader.copies[3]!.sequence, 6)
  writer.publish(3, LIVE, null, null)
  reader.scan(changed)
  assert.deepEqual(changed, [3])
})

test('a reader that comes late finds every cell', () => {
  const { board, writer, changed } = newBoard()
  for (let cell = 0; cell < SPECS.length; cell += 1) writer.publish(cell, LIVE, `"${cell}"`, null)
  const late = new BoardReader(board)
  assert.ok(late.hasChanged())
  assert.equal(late.scan(changed), SPECS.length)
  assert.deepEqual(
    late.copies.map(copy => textOf(copy.json)),
    ['"0"', '"1"', '"2"', '"3"'],
  )
})

test('a scan stops at its limits and goes on in the next call; what changes behind it is found by the next pass', () => {
  const { writer, reader, changed } = newBoard()
  for (let cell = 0; cell < SPECS.length; cell += 1) writer.publish(cell, LIVE, '"1"', null)
  reader.scan(changed, { copiesMax: 2, cellsMax: 100 })
  assert.deepEqual([changed, reader.isScanning, reader.hasChanged()], [[0, 1], true, true])
  writer.publish(0, LIVE, '"2"', null)
  reader.scan(changed, { copiesMax: 100, cellsMax: 1 })
  assert.deepEqual([changed, reader.isScanning], [[2], true])
  reader.scan(changed, { copiesMax: 1, cellsMax: 1 })
  assert.deepEqual([changed, reader.isScanning, reader.hasChanged()], [[3], false, true])
  reader.scan(changed)
  assert.deepEqual([changed, textOf(reader.copies[0]!.json)], [[0], '"2"'])
  assert.equal(reader.hasChanged(), false)
})

test('a form that was not made, and a state that is withheld, are empty', () => {
  const { writer, reader, changed } = newBoard()
  writer.publish(0, LIVE, 'json', Buffer.from('msgpack'))
  reader.scan(changed)
  writer.publish(0, LIVE, 'only json', null)
  reader.scan(changed)
  assert.equal(textOf(reader.copies[0]!.json), 'only json')
  assert.equal(reader.copies[0]!.msgpack.length, 0)
  writer.publish(0, { ...LIVE, status: CellStatus.stale }, null, null)
  reader.scan(changed)
  assert.equal(reader.copies[0]!.json.length, 0)
  assert.equal(reader.copies[0]!.status, CellStatus.stale)
})

test('a form that fills its room is taken; one byte more is refused and changes nothing', () => {
  const { writer, reader, changed } = newBoard()
  const full = 'j'.repeat(CELL_BYTES)
  assert.ok(writer.publish(1, LIVE, full, Buffer.alloc(CELL_BYTES, 9)))
  reader.scan(changed)
  assert.equal(writer.publish(1, LIVE, `${full}j`, null), false)
  assert.equal(writer.publish(1, LIVE, null, Buffer.alloc(CELL_BYTES + 1)), false)
  assert.equal(reader.hasChanged(), false)
  assert.equal(textOf(reader.copies[1]!.json), full)
  assert.deepEqual(Buffer.from(reader.copies[1]!.msgpack), Buffer.alloc(CELL_BYTES, 9))
})

test('full neighbours do not touch each other', () => {
  const { writer, reader, changed } = newBoard()
  for (let round = 0; round < 4; round += 1) {
    for (let cell = 0; cell < SPECS.length; cell += 1) {
      writer.publish(cell, LIVE, `${cell}`.repeat(CELL_BYTES), Buffer.alloc(CELL_BYTES, cell))
    }
  }
  reader.scan(changed)
  reader.copies.forEach((copy, cell) => {
    assert.equal(textOf(copy.json), `${cell}`.repeat(CELL_BYTES))
    assert.deepEqual(Buffer.from(copy.msgpack), Buffer.alloc(CELL_BYTES, cell))
  })
})

test('copies are private: the writer may continue without touching them', () => {
  const { writer, reader, changed } = newBoard()
  writer.publish(0, LIVE, 'first', null)
  reader.scan(changed)
  for (let round = 0; round < 5; round += 1) writer.publish(0, LIVE, 'later', null)
  assert.equal(textOf(reader.copies[0]!.json), 'first')
})

for (const [name, version] of [
  ['2^31', 0x7ffffffe],
  ['2^32', -3],
] as const) {
  test(`versions continue across ${name}`, () => {
    const board = createBoard(SPECS, CELL_BYTES)
    const words = new Int32Array(board)
    words[layout.INDEX_OFFSET / 4] = version
    words[layout.BOARD_VERSION_OFFSET / 4] = version
    const reader = new BoardReader(board)
    const changed: number[] = []
    assert.equal(reader.scan(changed), 1)
    const writer = new BoardWriter(board, [])
    for (let sequence = 1; sequence <= 6; sequence += 1) {
      writer.publish(0, { ...LIVE, sequence }, `"${sequence}"`, null)
      assert.equal(reader.scan(changed), 1)
      assert.equal(textOf(reader.copies[0]!.json), `"${sequence}"`)
      assert.equal(reader.copies[0]!.version, (version + sequence) | 0)
    }
  })
}

/** A header at whose sequence the writer dies: the lengths and stamps of the new state are written already. */
const FATAL_HEADER: CellHeader = {
  ...LIVE,
  get sequence(): number {
    throw new Error('the writer dies')
  },
}

test('a writer that dies in mid-write leaves the state before, to old and new readers, and its successor continues', () => {
  const { board, writer, reader, changed } = newBoard()
  writer.publish(0, LIVE, 'whole', Buffer.from('whole'))
  assert.throws(() => writer.publish(0, FATAL_HEADER, 'half a state', null))
  for (const each of [reader, new BoardReader(board)]) {
    each.scan(changed)
    assert.equal(textOf(each.copies[0]!.json), 'whole')
    assert.equal(textOf(each.copies[0]!.msgpack), 'whole')
  }
  new BoardWriter(board, []).publish(0, LIVE, 'next', null)
  reader.scan(changed)
  assert.equal(textOf(reader.copies[0]!.json), 'next')
})

test('a state whose writer died before it raised the version of the board is seen once its successor attaches', () => {
  const { board, writer, reader, changed } = newBoard()
  writer.publish(0, LIVE, 'first', null)
  reader.scan(changed)
  writer.publish(0, LIVE, 'last state', null)
  Atomics.sub(new Int32Array(board), layout.BOARD_VERSION_OFFSET / 4, 1)
  assert.equal(reader.scan(changed), 0)
  const bell = new ThreadCell(createControlBlock(1), 0)
  new BoardWriter(board, [bell])
  assert.equal(bell.bell(), 1)
  assert.equal(reader.scan(changed), 1)
  assert.equal(textOf(reader.copies[0]!.json), 'last state')
})

test('a later writer finds the header that was published last, and that of no other cell', () => {
  const { board, writer } = newBoard()
  assert.deepEqual(new BoardWriter(board, []).header(0), newCellHeader())
  writer.publish(0, { ...LIVE, sequence: 1 }, 'first', null)
  writer.publish(0, LIVE, null, null)
  assert.deepEqual(new BoardWriter(board, []).header(0), LIVE)
  assert.deepEqual(new BoardWriter(board, []).header(1), newCellHeader())
})

test('books and links start as stale since the start of the process; no other cell has a status', () => {
  const board = createBoard([...SPECS, BOOK], CELL_BYTES)
  writeFirstStatus(board, START_US)
  const reader = new BoardReader(board)
  reader.scan([])
  for (const [cell, spec] of reader.cells.entries()) {
    const { status, reason, sinceUs, version, json, msgpack } = reader.copies[cell]!
    const isStarting = spec.kind === Kind.link || spec.kind === Kind.orderBookL2
    assert.equal(hasStatus(spec), isStarting)
    assert.deepEqual(
      [status, reason, sinceUs, version],
      isStarting ? [CellStatus.stale, StatusReason.starting, START_US, 1] : [CellStatus.empty, StatusReason.none, 0, 0],
    )
    assert.equal(json.length + msgpack.length, 0)
  }
})

test('a second writer of a cell is caught: the first one no longer publishes it; other cells are not affected', () => {
  const { board, writer, reader, changed } = newBoard()
  writer.publish(0, LIVE, 'first', null)
  const second = new BoardWriter(board, [])
  assert.ok(second.publish(0, LIVE, 'second', null))
  assert.throws(() => writer.publish(0, LIVE, 'third', null), /a cell has one writer/)
  assert.ok(writer.publish(1, LIVE, 'other', null))
  assert.throws(() => second.publish(1, LIVE, 'fourth', null), /a cell has one writer/, 'written since it attached')
  reader.scan(changed)
  assert.deepEqual(
    [0, 1].map(cell => textOf(reader.copies[cell]!.json)),
    ['second', 'other'],
  )
})

test('a cell that the board does not have is caught', () => {
  const { writer } = newBoard()
  for (const cell of [-1, SPECS.length]) {
    assert.throws(() => writer.publish(cell, LIVE, 'x', null), /a published cell is one of the board/)
  }
})

test('a board whose version went back is caught by its reader', () => {
  const { board, writer, reader, changed } = newBoard()
  for (let count = 0; count < 3; count += 1) writer.publish(0, LIVE, 'x', null)
  reader.scan(changed)
  Atomics.store(new Int32Array(board), layout.BOARD_VERSION_OFFSET / 4, 1)
  assert.throws(() => reader.scan(changed), /the version of a board only grows/)
})

test('lengths torn by a dying writer never reach beyond their room', () => {
  const { board, writer, reader, changed } = newBoard()
  writer.publish(0, LIVE, 'x', null)
  const buffer = layout.INDEX_OFFSET + SPECS.length * layout.INDEX_BYTES + layout.bufferBytes(CELL_BYTES)
  const view = new DataView(board)
  view.setUint32(buffer + layout.JSON_BYTES_OFFSET, 0xffffffff, true)
  view.setUint32(buffer + layout.MSGPACK_BYTES_OFFSET, 0x7fffffff, true)
  reader.scan(changed)
  assert.equal(reader.copies[0]!.json.length, CELL_BYTES)
  assert.equal(reader.copies[0]!.msgpack.length, CELL_BYTES)
})

test('publishing does not ring; a batch rings once', () => {
  const bell = new ThreadCell(createControlBlock(1), 0)
  const writer = new BoardWriter(createBoard(SPECS, CELL_BYTES), [bell])
  const before = bell.bell()
  for (let count = 0; count < 10; count += 1) writer.publish(0, LIVE, 'x', null)
  assert.equal(bell.bell(), before)
  writer.ring()
  assert.equal(bell.bell(), before + 1)
})

test('after any publications and scans, a scan holds exactly the last state of every cell', () => {
  const publication = fc.record({
    cell: fc.nat({ max: SPECS.length - 1 }),
    json: fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: CELL_BYTES + 8 })),
    msgpack: fc.option(fc.uint8Array({ maxLength: CELL_BYTES + 8 })),
    scan: fc.option(fc.record({ copiesMax: fc.integer({ min: 1, max: 3 }), cellsMax: fc.integer({ min: 1, max: 5 }) })),
  })
  fc.assert(
    fc.property(fc.array(publication, { maxLength: 60 }), publications => {
      const { writer, reader, changed } = newBoard()
      const expected = SPECS.map(() => ({ json: '', msgpack: [] as number[], sequence: 0 }))
      publications.forEach(({ cell, json, msgpack, scan }, index) => {
        const fits = (json?.length ?? 0) <= CELL_BYTES && (msgpack?.length ?? 0) <= CELL_BYTES
        assert.equal(writer.publish(cell, { ...LIVE, sequence: index }, json, msgpack), fits)
        if (fits) expected[cell] = { json: json ?? '', msgpack: [...(msgpack ?? [])], sequence: index }
        if (scan !== null) reader.scan(changed, scan)
      })
      while (reader.hasChanged()) reader.scan(changed)
      const seen = reader.copies.map(copy => ({
        json: textOf(copy.json),
        msgpack: [...copy.msgpack],
        sequence: copy.sequence,
      }))
      assert.deepEqual(seen, expected)
    }),
  )
})
