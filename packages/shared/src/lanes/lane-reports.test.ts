// What a report reads of the lanes, without taking part in them: fills, ages, headers of cells.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CellStatus,
  type InstrumentId,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  StatusReason,
} from '../market/nouns.js'
import { createControlBlock, ThreadCell } from '../thread/parking.js'
import { BoardWriter, createBoard, newCellHeader } from './board.js'
import * as boardLayout from './board-layout.js'
import { BoardHeaderReader } from './board-reader.js'
import { createDepthRing, DepthRecordKind, DepthRingConsumer, DepthRingProducer, depthRingFill } from './depth-ring.js'
import { createTradeLog, TradeLogReader, TradeLogWriter } from './trade-log.js'
import * as logLayout from './trade-log-layout.js'

const A = 0 as InstrumentId
const PRODUCT = 0 as ProductIndex
const RING_BYTES = 4_096
/** With its header an eighth of the ring, so that records end where the ring does. */
const EIGHTH = Buffer.alloc(RING_BYTES / 8 - 24)

for (const firstPosition of [0, 0x7fffff00, 0xffffff00 | 0]) {
  test(`the fill of a ring and the age of its oldest record, from position ${firstPosition}`, () => {
    const memory = createDepthRing({ bytes: RING_BYTES, instrumentCount: 1, firstPosition })
    const producer = new DepthRingProducer(memory, new ThreadCell(createControlBlock(1), 0))
    const consumer = new DepthRingConsumer(memory)
    const fill = (): readonly unknown[] => {
      const { usedBytes, capacityBytes, oldestReceivedUs } = depthRingFill(memory)
      assert.equal(capacityBytes, RING_BYTES)
      return [usedBytes, oldestReceivedUs]
    }
    assert.deepEqual(fill(), [0, null])
    let receivedUs = 0
    for (let round = 0; round < 20; round += 1) {
      const before = receivedUs
      for (let count = 0; count < 3; count += 1) {
        receivedUs += 1
        // Of different lengths, so that some rounds begin with padding at the end of the ring.
        producer.offer(DepthRecordKind.stream, A, receivedUs as MonotonicUs, EIGHTH.subarray(round * 7))
      }
      for (let oldest = before + 1; oldest <= receivedUs; oldest += 1) {
        const [usedBytes, oldestUs] = fill()
        assert.equal(oldestUs, oldest)
        assert.ok((usedBytes as number) > 0)
        assert.ok(consumer.read())
        assert.equal(consumer.record.receivedUs, oldest)
      }
      assert.deepEqual(fill(), [0, null])
    }
  })
}

test('a full ring is full, and reading its fill leaves it to its two ends', () => {
  const memory = createDepthRing({ bytes: RING_BYTES, instrumentCount: 1 })
  const producer = new DepthRingProducer(memory, new ThreadCell(createControlBlock(1), 0))
  const consumer = new DepthRingConsumer(memory)
  while (producer.offer(DepthRecordKind.stream, A, 1 as MonotonicUs, EIGHTH));
  assert.equal(depthRingFill(memory).usedBytes, RING_BYTES)
  assert.ok(consumer.read())
  assert.equal(depthRingFill(memory).usedBytes, RING_BYTES - RING_BYTES / 8)
})

test('the headers of cells are read, and those that were never written are told apart', () => {
  const cell = { kind: Kind.orderBookL2, about: Kind.orderBookL2, instrument: A, product: PRODUCT }
  const board = createBoard([cell, { ...cell, instrument: 1 as InstrumentId }], 64)
  const writer = new BoardWriter(board, [])
  const reader = new BoardHeaderReader(board)
  const header = newCellHeader()
  assert.deepEqual(reader.cells, writer.cells)
  assert.equal(reader.read(0, header), false)
  for (const sequence of [1, 2, 3]) {
    const written = { ...newCellHeader(), status: CellStatus.stale, reason: StatusReason.crossed, sinceUs: 5, sequence }
    writer.publish(0, written, '{}', null)
    assert.ok(reader.read(0, header))
    assert.deepEqual(header, written)
  }
  assert.equal(reader.read(1, header), false)
})

test('a cell that is rewritten at every try is not read half written', () => {
  const cell = { kind: Kind.orderBookL2, about: Kind.orderBookL2, instrument: A, product: PRODUCT }
  const board = createBoard([cell], 64)
  new BoardWriter(board, []).publish(0, newCellHeader(), '{}', null)
  const words = new Int32Array(board)
  const load = Atomics.load
  const version = (boardLayout.INDEX_OFFSET + boardLayout.CELL_VERSION_OFFSET) / 4
  Atomics.load = ((array: Int32Array, index: number) => {
    if (array.buffer === words.buffer && index === version) words[version] = words[version]! + 1
    return load(array, index)
  }) as typeof Atomics.load
  try {
    assert.equal(new BoardHeaderReader(board).read(0, newCellHeader()), false)
  } finally {
    Atomics.load = load
  }
})

test('when a record was logged is read while the log has it', () => {
  const log = createTradeLog(10)
  let nowUs = 1_000
  const writer = new TradeLogWriter(log, [], () => nowUs as MonotonicUs)
  const reader = new TradeLogReader(log)
  const record = { kind: Kind.trade, instrument: A, product: PRODUCT, receivedUs: 1, venueUs: 1, readUs: 1 }
  assert.equal(reader.retained, 10)
  assert.ok(Number.isNaN(reader.loggedUs(1)), 'not there yet')
  const slotCount = logLayout.slotCountFor(10)
  for (let sequence = 1; sequence <= slotCount + 1; sequence += 1) {
    nowUs += 1
    writer.append(record, '{}', Buffer.from([0xc0]))
    assert.equal(reader.loggedUs(sequence), nowUs)
  }
  assert.ok(Number.isNaN(reader.loggedUs(1)), 'overwritten')
  assert.equal(reader.loggedUs(2), 1_002)
})
