import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packKept } from '@tradelane/shared/wire/msgpack'
import { unpack } from '@tradelane/shared/wire/test/unpack'
import fc from 'fast-check'
import { FRAME_NUMBER_BYTES_MAX, FrameNumbers, numberJson, numberPacked } from './frame-numbers.js'

/** Where the encodings of numbers change. */
const EDGES = [0x7f, 0xff, 0xffff, 0xffff_ffff, 2 ** 52, Number.MAX_SAFE_INTEGER - 1, 9, 99, 999_999_999]
const numbers = fc.oneof(
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(...EDGES.flatMap(edge => [edge, edge + 1])),
)
/** With a key at least, as all our frames; no key is `n`, or a number, which objects put first. */
const frames = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 6 }).map(key => `k${key}`),
  fc.oneof(fc.string({ maxLength: 300 }), fc.integer(), fc.boolean(), fc.constant(null)),
  { minKeys: 1, maxKeys: 40 },
)

test('a numbered JSON frame is the same object with `n` in front, whatever the number', () => {
  fc.assert(
    fc.property(frames, numbers, (frame, number) => {
      const text = JSON.stringify(frame)
      const numbered = Buffer.from(numberJson(Buffer.from(text), number)).toString()
      assert.equal(numbered, `{"n":${number},${text.slice(1)}`)
      assert.deepEqual(JSON.parse(numbered), { n: number, ...JSON.parse(text) })
    }),
  )
})

test('a numbered MessagePack frame is the same map with `n` in front, an exact integer, whatever the number', () => {
  fc.assert(
    fc.property(frames, numbers, (frame, number) => {
      const decoded = unpack(numberPacked(packKept(frame), number))
      assert.deepEqual(decoded, { n: number, ...(unpack(packKept(frame)) as object) })
      assert.equal(Object.keys(decoded as object)[0], 'n')
    }),
  )
})

test('a map that has no room for one more key in a short head gets a long one', () => {
  for (const keyCount of [14, 15, 16, 17, 255, 256, 65_534]) {
    const frame = Object.fromEntries(Array.from({ length: keyCount }, (_, key) => [`key${key}`, key]))
    const packed = packKept(frame)
    const numbered = numberPacked(packed, 1)
    assert.equal(numbered[0], keyCount < 15 ? 0x80 | (keyCount + 1) : 0xde)
    assert.deepEqual(unpack(numbered), { n: 1, ...frame })
  }
})

test('no number lengthens a frame by more than the limit', () => {
  const text = Buffer.from('{"type":"status"}')
  const packed = packKept({ type: 'status' })
  for (const edge of EDGES) {
    for (const number of [edge, edge + 1]) {
      assert.ok(numberJson(text, number).length <= text.length + FRAME_NUMBER_BYTES_MAX)
      assert.ok(numberPacked(packed, number).length <= packed.length + FRAME_NUMBER_BYTES_MAX)
    }
  }
})

test('numbers of a client run from 1; those of another are its own', () => {
  const [one, other] = [new FrameNumbers(false), new FrameNumbers(false)]
  const read = (numbers: FrameNumbers): unknown =>
    JSON.parse(Buffer.from(numbers.number(Buffer.from('{"a":0}'))).toString())
  assert.equal(one.last, 0)
  assert.deepEqual(
    [read(one), read(one), read(other)],
    [
      { n: 1, a: 0 },
      { n: 2, a: 0 },
      { n: 1, a: 0 },
    ],
  )
  assert.deepEqual([one.last, other.last], [2, 1])
})

test('frames of one length share a view, and a longer one than any before has room', () => {
  const frame = Buffer.from('{"a":"b"}')
  assert.equal(numberJson(frame, 5), numberJson(frame, 6))
  const long = Buffer.from(JSON.stringify({ text: 'x'.repeat(300_000) }))
  assert.deepEqual(JSON.parse(Buffer.from(numberJson(long, 7)).toString()), { n: 7, text: 'x'.repeat(300_000) })
  assert.equal(Buffer.from(numberJson(frame, 8)).toString(), '{"n":8,"a":"b"}')
})

test('what is no frame of ours is caught', () => {
  assert.throws(() => numberJson(Buffer.from('[1]'), 1), /a JSON frame is an object/)
  assert.throws(() => numberPacked(Buffer.from([0xc0]), 1), /a MessagePack frame is a map/)
  assert.throws(() => numberPacked(Buffer.from([0xde, 0xff, 0xff]), 1), /has room for another key/)
})
