import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type InstrumentId, Kind, type MonotonicUs, type ProductIndex } from '../market/nouns.js'
import { monotonicUs } from '../thread/clock.js'
import { createControlBlock, ThreadCell } from '../thread/parking.js'
import { createTradeLog, TradeBatch, TradeLogReader, TradeLogWriter, type TradeRecord } from './trade-log.js'
import * as layout from './trade-log-layout.js'

const RECORD: TradeRecord = {
  kind: Kind.trade,
  instrument: 0 as InstrumentId,
  product: 0 as ProductIndex,
  receivedUs: 0,
  venueUs: 0,
  readUs: 0,
}

const jsonOf = (sequence: number): string => `{"seq":${sequence},"pad":"${'x'.repeat(sequence % 300)}"}`
const msgpackOf = (sequence: number): Buffer => Buffer.alloc(1 + (sequence % 200), sequence % 251)

function append(writer: TradeLogWriter, count = 1): void {
  for (let done = 0; done < count; done += 1) {
    const sequence = writer.nextSequence
    const record = { ...RECORD, instrument: (sequence % 0xffff) as InstrumentId, receivedUs: sequence + 0.5 }
    assert.ok(writer.append(record, jsonOf(sequence), msgpackOf(sequence)))
  }
}

/** Asserts that the batch holds exactly `from` to `to`, each with its own bytes. */
function checkBatch(batch: TradeBatch, from: number, to: number): void {
  assert.equal(batch.count, to - from + 1)
  for (let index = 0; index < batch.count; index += 1) {
    const sequence = from + index
    assert.equal(batch.sequence[index], sequence)
    assert.equal(batch.instrument[index], sequence % 0xffff)
    assert.equal(batch.receivedUs[index], sequence + 0.5)
    assert.equal(Buffer.from(batch.json[index]!).toString('latin1'), jsonOf(sequence))
    assert.deepEqual(Buffer.from(batch.msgpackOf(index)), msgpackOf(sequence))
  }
}

function newLog(retained: number, firstSequence = 1) {
  const log = createTradeLog(retained, { firstSequence })
  return { log, writer: new TradeLogWriter(log, []), reader: new TradeLogReader(log), batch: new TradeBatch(256) }
}

test('a log retains 1 to 130,048 records; other numbers are refused', () => {
  for (const retained of [1, 10_000]) createTradeLog(retained)
  for (const retained of [0, -1, 1.5, Number.NaN, layout.RETAINED_MAX + 1]) {
    assert.throws(() => createTradeLog(retained), /the trade log retains/)
  }
})

test('the slots are the power of two that holds the retained records and the guard', () => {
  for (const [retained, slotCount] of [
    [1, 2_048],
    [1_024, 2_048],
    [1_025, 4_096],
    [10_000, 16_384],
    [layout.RETAINED_MAX, layout.SLOT_COUNT_MAX],
  ] as const) {
    assert.equal(layout.slotCountFor(retained), slotCount)
  }
})

for (const [name, offset] of [
  ['magic', layout.MAGIC_OFFSET],
  ['version', layout.VERSION_OFFSET],
] as const) {
  test(`a log with another ${name} is refused by writer and reader`, () => {
    const log = createTradeLog(1)
    new DataView(log).setInt32(offset, 77, true)
    assert.throws(() => new TradeLogWriter(log, []), /not a trade log of this version/)
    assert.throws(() => new TradeLogReader(log), /not a trade log of this version/)
  })
}

test('an empty log has nothing to read', () => {
  const { reader, batch } = newLog(10)
  assert.equal(reader.newest(), 0)
  assert.equal(reader.read(1, batch, 256), 1)
  assert.equal(batch.count, 0)
})

test('every field and both encodings arrive as they were written', () => {
  const { writer, reader, batch } = newLog(10)
  const record: TradeRecord = {
    kind: Kind.liquidation,
    instrument: 65_534 as InstrumentId,
    product: 254 as ProductIndex,
    receivedUs: 1_790_000_000_123_456.5,
    venueUs: 1_790_000_000_123_000,
    readUs: monotonicUs(),
  }
  assert.ok(writer.append(record, '{"a":1}', Buffer.from([1, 2, 255])))
  assert.equal(reader.read(1, batch, 256), 2)
  assert.equal(batch.kind[0], Kind.liquidation)
  assert.equal(batch.venueUs[0], record.venueUs)
  assert.equal(batch.readUs[0], record.readUs)
  assert.equal(batch.loggedUs[0], writer.loggedUs)
  assert.ok(writer.loggedUs >= record.readUs && writer.loggedUs <= monotonicUs(), 'stamped while it was written')
  assert.equal(batch.instrument[0], 65_534)
  assert.equal(batch.product[0], 254)
  assert.equal(batch.receivedUs[0], 1_790_000_000_123_456.5)
  assert.deepEqual([...batch.json[0]!], [...Buffer.from('{"a":1}')])
  assert.deepEqual([...batch.msgpackOf(0)], [1, 2, 255])
})

test('a record that fills its slot is taken, one byte more is refused and uses no sequence', () => {
  const { writer, reader, batch } = newLog(10)
  const half = layout.PAYLOAD_BYTES_MAX / 2
  assert.equal(writer.append(RECORD, 'j'.repeat(half + 1), Buffer.alloc(half)), false)
  assert.equal(writer.nextSequence, 1)
  assert.equal(reader.newest(), 0)
  assert.ok(writer.append(RECORD, 'j'.repeat(half), Buffer.alloc(half, 7)))
  reader.read(1, batch, 1)
  assert.equal(Buffer.from(batch.json[0]!).toString(), 'j'.repeat(half))
  assert.deepEqual(Buffer.from(batch.msgpackOf(0)), Buffer.alloc(half, 7))
})

test('a read ends at its limit, at the capacity of the batch, and at the newest record', () => {
  const { writer, reader } = newLog(100)
  append(writer, 20)
  const batch = new TradeBatch(8)
  assert.equal(reader.read(1, batch, 5), 6)
  checkBatch(batch, 1, 5)
  assert.equal(reader.read(6, batch, 256), 14)
  checkBatch(batch, 6, 13)
  assert.equal(reader.read(14, batch, 256), 21)
  assert.equal(batch.count, 7)
  assert.equal(reader.read(22, batch, 256), 22)
  assert.equal(batch.count, 0)
})

test('records survive the wrap of the slots', () => {
  const { writer, reader, batch } = newLog(50)
  let next = 1
  for (let round = 0; round < 200; round += 1) {
    append(writer, 37)
    next = reader.read(next, batch, 256)
    assert.equal(batch.gapTo, 0)
    checkBatch(batch, next - 37, next - 1)
  }
})

for (const retained of [1, 10, 1_000]) {
  test(`of ${retained} retained records the last are readable, and what was overtaken is named exactly`, () => {
    const { writer, reader, batch } = newLog(retained)
    append(writer, retained)
    reader.read(1, batch, 1)
    assert.equal(batch.gapTo, 0)
    checkBatch(batch, 1, 1)
    append(writer)
    assert.equal(reader.read(1, batch, 1), 3)
    assert.deepEqual([batch.gapFrom, batch.gapTo], [1, 1])
    checkBatch(batch, 2, 2)
    append(writer, 5_000)
    reader.read(3, batch, 1)
    assert.deepEqual([batch.gapFrom, batch.gapTo], [3, 5_001])
    checkBatch(batch, 5_002, 5_002)
  })
}

test('a batch keeps nothing of the gap of the one before', () => {
  const { writer, reader, batch } = newLog(10)
  append(writer, 100)
  const next = reader.read(1, batch, 5)
  assert.deepEqual([batch.gapFrom, batch.gapTo], [1, 90])
  reader.read(next, batch, 5)
  assert.deepEqual([batch.gapFrom, batch.gapTo], [0, 0])
})

test('copies are private: the writer may overwrite every slot without touching them', () => {
  const { writer, reader, batch } = newLog(10)
  append(writer, 10)
  reader.read(1, batch, 10)
  append(writer, 10_000)
  checkBatch(batch, 1, 10)
})

for (const [name, around] of [
  ['2^30, where tags start again', 2 ** 30 - 1],
  ['2^31', 2 ** 31],
  ['2^32', 2 ** 32],
  ['2^52', 2 ** 52],
] as const) {
  test(`sequences continue across ${name}`, () => {
    const first = around - 500
    const { log, writer, reader, batch } = newLog(100, first)
    assert.equal(writer.nextSequence, first)
    let next = first
    while (next < around + 500) {
      append(writer, 50)
      const from = next
      next = reader.read(from, batch, 256)
      checkBatch(batch, from, from + 49)
    }
    append(writer, 5_000)
    reader.read(next, batch, 256)
    assert.deepEqual([batch.gapFrom, batch.gapTo], [next, next + 4_899])
    assert.equal(new TradeLogWriter(log, []).nextSequence, next + 5_000)
  })
}

/** A record at whose third field the writer dies: the slot is half written. */
const FATAL_RECORD: TradeRecord = {
  ...RECORD,
  get venueUs(): number {
    throw new Error('the writer dies')
  },
}

test('a half-written slot is invisible, and its sequence is written again by the successor', () => {
  const { log, writer, reader, batch } = newLog(10)
  append(writer, 3)
  assert.throws(() => writer.append(FATAL_RECORD, jsonOf(4), msgpackOf(4)))
  assert.equal(new Int32Array(log)[(layout.SLOTS_OFFSET + 4 * layout.SLOT_BYTES) / 4], layout.TAG_WRITING)
  assert.equal(reader.read(1, batch, 256), 4)
  checkBatch(batch, 1, 3)
  const successor = new TradeLogWriter(log, [])
  assert.equal(successor.nextSequence, 4)
  append(successor)
  reader.read(4, batch, 256)
  checkBatch(batch, 4, 4)
})

test('a half-written slot lies beyond the guard: no retained record is touched', () => {
  const { log, writer, reader, batch } = newLog(10)
  const newest = layout.slotCountFor(10) + 5
  append(writer, newest)
  assert.throws(() => writer.append(FATAL_RECORD, 'x', Buffer.alloc(1)))
  reader.read(newest - 9, batch, 256)
  assert.equal(batch.gapTo, 0)
  checkBatch(batch, newest - 9, newest)
  append(new TradeLogWriter(log, []))
  assert.equal(reader.newest(), newest + 1)
})

test('a slot whose tag was written but not published is not read', () => {
  const { log, writer, reader, batch } = newLog(10)
  append(writer, 2)
  Atomics.store(new BigInt64Array(log), layout.PUBLISHED_OFFSET / 8, 1n)
  assert.equal(reader.read(1, batch, 256), 2)
  assert.equal(batch.count, 1)
  const successor = new TradeLogWriter(log, [])
  assert.equal(successor.nextSequence, 2)
})

test('lengths torn by a dying writer never reach beyond their slot', () => {
  const { log, writer, reader, batch } = newLog(10)
  append(writer, 1)
  const slot = layout.SLOTS_OFFSET + layout.SLOT_BYTES
  const view = new DataView(log)
  view.setUint16(slot + layout.JSON_BYTES_OFFSET, 0xffff, true)
  view.setUint16(slot + layout.MSGPACK_BYTES_OFFSET, 0xffff, true)
  reader.read(1, batch, 256)
  assert.equal(batch.json[0]!.length + batch.msgpackOf(0).length, layout.PAYLOAD_BYTES_MAX)
})

test('a second writer is caught: the first one writes nothing once another has attached', () => {
  const { log, writer, reader, batch } = newLog(10)
  append(writer, 3)
  const second = new TradeLogWriter(log, [])
  assert.throws(() => writer.append(RECORD, jsonOf(4), msgpackOf(4)), /the trade log has one writer/)
  assert.equal(reader.newest(), 3)
  append(second)
  assert.throws(() => writer.append(RECORD, jsonOf(4), msgpackOf(4)), /the trade log has one writer/)
  reader.read(1, batch, 256)
  checkBatch(batch, 1, 4)
})

test('a slot whose tag promises another sequence than it holds is caught by its reader', () => {
  const { log, writer, reader, batch } = newLog(10)
  append(writer, 2)
  const slot = layout.SLOTS_OFFSET + 2 * layout.SLOT_BYTES
  new DataView(log).setFloat64(slot + layout.SEQUENCE_OFFSET, 1, true)
  assert.throws(() => reader.read(1, batch, 256), /a slot holds the sequence of its tag/)
})

test('the hop stamp is read from the clock that is passed in', () => {
  const log = createTradeLog(10)
  const writer = new TradeLogWriter(log, [], () => 77.5 as MonotonicUs)
  append(writer)
  const batch = new TradeBatch(1)
  new TradeLogReader(log).read(1, batch, 1)
  assert.deepEqual([writer.loggedUs, batch.loggedUs[0]], [77.5, 77.5])
})

test('each attaching writer counts the epoch and rings every reader, because its predecessor may not have', () => {
  const control = createControlBlock(2)
  const bells = [0, 1].map(index => new ThreadCell(control, index))
  const log = createTradeLog(10)
  const epoch = (): number => new Int32Array(log)[layout.EPOCH_OFFSET / 4]!
  for (let attach = 1; attach <= 3; attach += 1) {
    const before = bells.map(bell => bell.bell())
    new TradeLogWriter(log, bells)
    assert.equal(epoch(), attach)
    bells.forEach((bell, index) => {
      assert.notEqual(bell.bell(), before[index])
    })
  }
})

test('appending does not ring; a batch rings once', () => {
  const bell = new ThreadCell(createControlBlock(1), 0)
  const writer = new TradeLogWriter(createTradeLog(10), [bell])
  const before = bell.bell()
  append(writer, 10)
  assert.equal(bell.bell(), before)
  writer.ring()
  assert.equal(bell.bell(), before + 1)
})

test('for any sizes of writes and reads: received + missed = newest, in order, byte for byte', () => {
  const step = fc.record({ written: fc.integer({ min: 0, max: 80 }), limit: fc.integer({ min: 1, max: 64 }) })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.array(step, { maxLength: 60 }), (retained, steps) => {
      const { writer, reader, batch } = newLog(retained)
      let next = 1
      let received = 0
      let missed = 0
      const read = (limit: number): void => {
        const from = next
        const newest = reader.newest()
        next = reader.read(from, batch, limit)
        const overtaken = Math.max(0, newest - retained + 1 - from)
        assert.equal(batch.gapTo === 0 ? 0 : batch.gapTo - batch.gapFrom + 1, overtaken)
        if (overtaken > 0) assert.equal(batch.gapFrom, from)
        checkBatch(batch, from + overtaken, next - 1)
        received += batch.count
        missed += overtaken
      }
      for (const { written, limit } of steps) {
        append(writer, written)
        read(limit)
      }
      while (next <= reader.newest()) read(64)
      assert.equal(received + missed, reader.newest())
    }),
    { numRuns: 60 },
  )
})

test('a record is published or not, at any lap and also when it was overtaken', () => {
  const log = createTradeLog(1)
  const writer = new TradeLogWriter(log, [])
  const reader = new TradeLogReader(log)
  const slotCount = 2_048
  const record = {
    kind: Kind.trade,
    instrument: 1 as InstrumentId,
    product: 0 as ProductIndex,
    receivedUs: 1,
    venueUs: 1,
  }
  for (let sequence = 1; sequence <= 2 * slotCount + 2; sequence += 1) {
    assert.equal(reader.isPublished(sequence), false)
    writer.append({ ...record, readUs: 1 }, '{}', new Uint8Array(1))
    assert.ok(reader.isPublished(sequence))
    assert.equal(reader.isPublished(sequence + 1), false)
  }
  assert.ok(reader.isPublished(2), 'overtaken')
})
