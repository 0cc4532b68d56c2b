import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { InstrumentId, MonotonicUs } from '../market/nouns.js'
import { createControlBlock, ThreadCell } from '../thread/parking.js'
import {
  createDepthRing,
  DepthRecordKind,
  DepthRingConsumer,
  DepthRingProducer,
  depthRingBytes,
  leastFrameCount,
} from './depth-ring.js'
import * as layout from './depth-ring-layout.js'

const RING_BYTES = 4_096
const INSTRUMENTS = 4
const A = 0 as InstrumentId
const B = 1 as InstrumentId
/** With its header, a sixteenth of the ring. */
const FRAME = Buffer.alloc(RING_BYTES / 16 - layout.FRAME_OFFSET, 0xf7)

function newRing(firstPosition = 0) {
  const ring = createDepthRing({ bytes: RING_BYTES, instrumentCount: INSTRUMENTS, firstPosition })
  const bell = new ThreadCell(createControlBlock(1), 0)
  return { ring, bell, producer: new DepthRingProducer(ring, bell), consumer: new DepthRingConsumer(ring) }
}

function frameOf(number: number, frameBytes: number): Buffer {
  return Buffer.from(Array.from({ length: frameBytes }, (_, index) => (number * 31 + index * 7) & 0xff))
}

function offer(producer: DepthRingProducer, instrument: InstrumentId, frame: Uint8Array): boolean {
  return producer.offer(DepthRecordKind.stream, instrument, 0 as MonotonicUs, frame)
}

function fill(producer: DepthRingProducer): number {
  let count = 0
  while (offer(producer, A, FRAME)) count += 1
  return count
}

test('a ring is a power of two', () => {
  createDepthRing({ bytes: 1_024, instrumentCount: 1 })
  for (const bytes of [512, 1_025, 3_000]) {
    assert.throws(() => createDepthRing({ bytes, instrumentCount: 1 }), /a ring is a power of two/)
  }
})

test('the size for a number of frames has a floor and a cap', () => {
  assert.equal(depthRingBytes(1), layout.RING_BYTES_MIN)
  assert.equal(depthRingBytes(50_000), 32 * 1_024 * 1_024)
  assert.equal(depthRingBytes(10_000_000), layout.RING_BYTES_MAX)
})

test('the least number of frames carries a frame of a given length, and one less does not', () => {
  const carries = (frameCount: number, frameBytes: number): boolean => {
    const ring = createDepthRing({ bytes: depthRingBytes(frameCount), instrumentCount: 1 })
    const producer = new DepthRingProducer(ring, new ThreadCell(createControlBlock(1), 0))
    return producer.offer(DepthRecordKind.rest, A, 0 as MonotonicUs, Buffer.alloc(frameBytes))
  }
  for (const frameBytes of [8_169, 65_000, 65_513, 440_256, 2_000_000]) {
    const least = leastFrameCount(frameBytes)
    assert.ok(carries(least, frameBytes), `${least} for ${frameBytes}`)
    assert.ok(!carries(least - 1, frameBytes), `${least - 1} for ${frameBytes}`)
  }
  assert.equal(leastFrameCount(1), 1)
  assert.equal(leastFrameCount(layout.RING_BYTES_MAX), Number.POSITIVE_INFINITY)
})

for (const [name, offset] of [
  ['magic', layout.MAGIC_OFFSET],
  ['version', layout.VERSION_OFFSET],
] as const) {
  test(`a ring with another ${name} is refused by producer and consumer`, () => {
    const { ring, bell } = newRing()
    new DataView(ring).setInt32(offset, 77, true)
    assert.throws(() => new DepthRingProducer(ring, bell), /not a depth ring of this version/)
    assert.throws(() => new DepthRingConsumer(ring), /not a depth ring of this version/)
  })
}

test('an empty ring has nothing to read', () => {
  const { consumer, producer } = newRing()
  assert.equal(consumer.hasRecord(), false)
  assert.equal(consumer.read(), false)
  assert.equal(producer.fillRatio(), 0)
})

test('every field and every byte arrives as it was offered, in order', () => {
  const { producer, consumer } = newRing()
  const offered = [
    [DepthRecordKind.linkUp, 3, 1.5, Buffer.alloc(0)],
    [DepthRecordKind.rest, 0, 1_790_000_000_123_456.5, frameOf(1, 488)],
    [DepthRecordKind.stream, 2, 2, frameOf(2, 1)],
    [DepthRecordKind.linkDown, 1, 3, Buffer.alloc(0)],
    [DepthRecordKind.handover, 1, 4, frameOf(3, 4)],
  ] as const
  for (const [kind, instrument, receivedUs, frame] of offered) {
    assert.ok(producer.offer(kind, instrument as InstrumentId, receivedUs as MonotonicUs, frame))
  }
  for (const [kind, instrument, receivedUs, frame] of offered) {
    assert.ok(consumer.hasRecord())
    assert.ok(consumer.read())
    const { record } = consumer
    assert.deepEqual([record.kind, record.instrument, record.receivedUs], [kind, instrument, receivedUs])
    assert.deepEqual(record.frame, frame)
  }
  assert.equal(consumer.read(), false)
})

test('a frame is a private copy: the producer may continue without touching it', () => {
  const { producer, consumer } = newRing()
  offer(producer, A, frameOf(1, 100))
  consumer.read()
  const { frame } = consumer.record
  fill(producer)
  assert.deepEqual(frame, frameOf(1, 100))
})

test('a record that would cross the end is preceded by padding, even the shortest', () => {
  for (let frameBytes = 0; frameBytes <= 480; frameBytes += 8) {
    const { producer, consumer } = newRing()
    const lossCount = consumer.lossCount(A)
    for (let number = 0; number < 200; number += 1) {
      assert.ok(offer(producer, A, frameOf(number, frameBytes)))
      assert.ok(consumer.read())
      assert.deepEqual(consumer.record.frame, frameOf(number, frameBytes))
    }
    assert.equal(consumer.lossCount(A), lossCount)
  }
})

for (const [name, firstPosition] of [
  ['2^31', 0x7fffff00],
  ['2^32', 0xffffff00],
] as const) {
  test(`positions continue across ${name}`, () => {
    const { producer, consumer } = newRing(firstPosition)
    const lossCount = consumer.lossCount(A)
    for (let number = 0; number < 100; number += 1) {
      assert.ok(offer(producer, A, frameOf(number, number * 2)))
      assert.ok(producer.fillRatio() > 0 && producer.fillRatio() < 0.1)
      assert.ok(consumer.read())
      assert.deepEqual(consumer.record.frame, frameOf(number, number * 2))
    }
    assert.equal(consumer.lossCount(A), lossCount)
    assert.equal(consumer.read(), false)
  })

  test(`a ring that is full across ${name} drops, and keeps what it has`, () => {
    const { producer, consumer } = newRing(firstPosition)
    assert.equal(fill(producer), 16)
    assert.equal(producer.fillRatio(), 1)
    for (let count = 0; count < 16; count += 1) {
      assert.ok(consumer.read())
      assert.deepEqual(consumer.record.frame, FRAME)
    }
    assert.equal(consumer.read(), false)
  })
}

test('a full ring drops, and counts each drop for its instrument only', () => {
  const { producer, consumer } = newRing()
  const before = [consumer.lossCount(A), consumer.lossCount(B)]
  fill(producer)
  assert.equal(consumer.lossCount(A), before[0]! + 1)
  for (let count = 0; count < 4; count += 1) assert.equal(offer(producer, A, FRAME), false)
  assert.equal(consumer.lossCount(A), before[0]! + 5)
  assert.equal(consumer.lossCount(B), before[1])
})

test('the first drop of an instrument rings, because no record will', () => {
  const { producer, bell } = newRing()
  while (producer.fillRatio() < 1) offer(producer, A, FRAME)
  const before = bell.bell()
  offer(producer, A, FRAME)
  assert.equal(bell.bell(), before + 1)
  offer(producer, A, FRAME)
  assert.equal(bell.bell(), before + 1)
})

test('after a loss, an instrument is dropped until the ring is below a quarter; others are not', () => {
  const { producer, consumer } = newRing()
  fill(producer)
  const lossCount = consumer.lossCount(A)
  for (let count = 0; count < 12; count += 1) {
    assert.equal(offer(producer, A, FRAME), false)
    consumer.read()
  }
  assert.equal(producer.fillRatio(), layout.RECOVERED_RATIO)
  assert.ok(offer(producer, B, Buffer.alloc(0)))
  assert.equal(offer(producer, A, FRAME), false)
  consumer.read()
  consumer.read()
  assert.ok(producer.fillRatio() < layout.RECOVERED_RATIO)
  assert.ok(offer(producer, A, FRAME))
  assert.equal(consumer.lossCount(A), lossCount + 13)
})

test('a record carries the loss count when it was written: old ones are still exact, the first new one shows the loss', () => {
  const { producer, consumer } = newRing()
  const before = consumer.lossCount(A)
  const written = fill(producer)
  for (let count = 0; count < written; count += 1) {
    consumer.read()
    assert.equal(consumer.record.lossCount, before)
    assert.notEqual(consumer.lossCount(A), consumer.record.lossCount, 'known before anything is emitted')
  }
  assert.ok(offer(producer, A, FRAME))
  consumer.read()
  assert.equal(consumer.record.lossCount, before + 1)
  assert.equal(consumer.lossCount(A), before + 1)
})

test('a frame that takes an eighth of the ring passes; a larger one is lost even in an empty ring', () => {
  const { producer, consumer } = newRing()
  const largest = RING_BYTES / layout.FRAME_SHARE - layout.FRAME_OFFSET
  assert.ok(offer(producer, A, frameOf(1, largest)))
  consumer.read()
  assert.deepEqual(consumer.record.frame, frameOf(1, largest))
  const before = consumer.lossCount(A)
  assert.equal(offer(producer, A, Buffer.alloc(largest + 1)), false)
  assert.equal(consumer.lossCount(A), before + 1)
  assert.ok(offer(producer, A, FRAME), 'the ring is below a quarter')
})

/** A frame in the middle of whose record the producer dies: the length is asked for twice. */
function fatalFrame(): Uint8Array {
  const frame = Buffer.alloc(100)
  let asked = 0
  Object.defineProperty(frame, 'length', {
    get: () => {
      asked += 1
      if (asked > 1) throw new Error('the producer dies')
      return 100
    },
  })
  return frame
}

test('a half-written record is invisible; the successor writes over it and raises every loss count', () => {
  const { ring, bell, producer, consumer } = newRing()
  offer(producer, A, frameOf(1, 50))
  const before = [0, 1, 2, 3].map(instrument => consumer.lossCount(instrument as InstrumentId))
  assert.throws(() => producer.offer(DepthRecordKind.stream, B, 0 as MonotonicUs, fatalFrame()), /the producer dies/)
  assert.ok(consumer.read())
  assert.equal(consumer.read(), false)
  const rings = bell.bell()
  const successor = new DepthRingProducer(ring, bell)
  assert.equal(bell.bell(), rings + 1)
  const after = [0, 1, 2, 3].map(instrument => consumer.lossCount(instrument as InstrumentId))
  assert.deepEqual(
    after,
    before.map(count => count + 1),
  )
  assert.ok(offer(successor, B, frameOf(2, 60)))
  assert.ok(consumer.read())
  assert.deepEqual(consumer.record.frame, frameOf(2, 60))
  assert.equal(consumer.record.lossCount, after[1])
})

test('a second producer is caught: the first one writes nothing once another has attached', () => {
  const { ring, bell, producer, consumer } = newRing()
  assert.ok(offer(producer, A, frameOf(1, 10)))
  const second = new DepthRingProducer(ring, bell)
  assert.throws(() => offer(producer, A, frameOf(2, 10)), /a depth ring has one producer/)
  assert.ok(offer(second, A, frameOf(3, 10)))
  assert.throws(() => offer(producer, A, frameOf(4, 10)), /a depth ring has one producer/)
  for (const number of [1, 3]) {
    assert.ok(consumer.read())
    assert.deepEqual(consumer.record.frame, frameOf(number, 10))
  }
  assert.equal(consumer.read(), false)
})

test('a second consumer is caught: the first one reads nothing once another has attached', () => {
  const { ring, producer, consumer } = newRing()
  const second = new DepthRingConsumer(ring)
  assert.throws(() => consumer.read(), /a depth ring has one consumer/, 'even of an empty ring')
  offer(producer, A, frameOf(1, 10))
  assert.throws(() => consumer.read(), /a depth ring has one consumer/)
  assert.ok(second.read())
})

test('the successor of a consumer skips the records that were left, and frees their room', () => {
  const { ring, producer } = newRing()
  fill(producer)
  const successor = new DepthRingConsumer(ring)
  assert.equal(successor.hasRecord(), false)
  assert.equal(producer.fillRatio(), 0)
  assert.ok(offer(producer, B, frameOf(1, 10)))
  assert.ok(successor.read())
  assert.deepEqual(successor.record.frame, frameOf(1, 10))
})

test('a record whose lengths contradict each other stops the consumer', () => {
  const { ring, producer, consumer } = newRing()
  offer(producer, A, FRAME)
  new DataView(ring).setInt32(layout.dataOffset(INSTRUMENTS) + layout.FRAME_BYTES_OFFSET, 9_999, true)
  assert.throws(() => consumer.read(), /a record is as long as its frame requires/)
})

for (const [name, offset] of [
  ['producer', layout.HEAD_OFFSET],
  ['consumer', layout.TAIL_OFFSET],
] as const) {
  test(`positions more than a ring apart stop the ${name}`, () => {
    const { ring, producer, consumer } = newRing()
    Atomics.store(new Int32Array(ring), offset / 4, offset === layout.HEAD_OFFSET ? 8 : RING_BYTES + 8)
    const access = name === 'producer' ? () => offer(producer, A, FRAME) : () => consumer.read()
    assert.throws(access, /the tail is at most one ring ahead of the head/)
  })
}

test('a record that reaches beyond the tail stops the consumer', () => {
  const { ring, producer, consumer } = newRing()
  offer(producer, A, FRAME)
  Atomics.store(new Int32Array(ring), layout.TAIL_OFFSET / 4, 8)
  assert.throws(() => consumer.read(), /a record ends before the tail/)
})

test('an instrument beyond those of the ring stops the producer', () => {
  const { producer } = newRing()
  assert.throws(() => offer(producer, INSTRUMENTS as InstrumentId, FRAME), /losses of this instrument/)
})

test('offering does not ring; a batch rings once', () => {
  const { producer, bell } = newRing()
  const before = bell.bell()
  for (let count = 0; count < 5; count += 1) offer(producer, A, FRAME)
  assert.equal(bell.bell(), before)
  producer.ring()
  assert.equal(bell.bell(), before + 1)
})

test('for any offers and reads, from any position: a frame that was taken arrives exactly, one that was not is counted', () => {
  const step = fc.record({
    instrument: fc.nat({ max: INSTRUMENTS - 1 }),
    frameBytes: fc.oneof(fc.nat({ max: 64 }), fc.nat({ max: 520 })),
    reads: fc.oneof(fc.constant(0), fc.nat({ max: 6 })),
  })
  const position = fc.oneof(
    fc.constantFrom(0, 0x7fffff00, 0xffffff00),
    fc.nat({ max: 0x0fff_ffff }).map(at => at * 8),
  )
  fc.assert(
    fc.property(position, fc.array(step, { maxLength: 300 }), (firstPosition, steps) => {
      const { producer, consumer } = newRing(firstPosition)
      const drops = new Array<number>(INSTRUMENTS).fill(0)
      const taken: { instrument: number; frame: Buffer; lossCount: number }[] = []
      const read = (): void => {
        const expected = taken.shift()
        assert.equal(consumer.read(), expected !== undefined)
        if (expected === undefined) return
        const { instrument, lossCount, frame } = consumer.record
        assert.deepEqual({ instrument, frame: Buffer.from(frame), lossCount }, expected)
      }
      steps.forEach(({ instrument, frameBytes, reads }, number) => {
        const frame = frameOf(number, frameBytes)
        if (offer(producer, instrument as InstrumentId, frame)) {
          taken.push({ instrument, frame, lossCount: drops[instrument]! + 1 })
        } else {
          drops[instrument]! += 1
        }
        for (let count = 0; count < reads; count += 1) read()
      })
      while (taken.length > 0) read()
      read()
      drops.forEach((count, instrument) => {
        assert.equal(consumer.lossCount(instrument as InstrumentId), count + 1)
      })
    }),
    { numRuns: 100 },
  )
})
