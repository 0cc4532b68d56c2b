import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { futuresDepth } from './binance/depth.js'
import { bybitDepth } from './bybit/depth.js'
import { type DepthFrame, type DepthProtocol, newDepthFrame } from './depth-protocol.js'
import { okxDepth } from './okx/depth.js'

const { anything, array, constantFrom, integer, oneof, property, record, tuple } = fc
const RUNS = { numRuns: 3_000 }

const whole = integer({ min: 0, max: 99_999_999 }).map(String)
const decimal = tuple(whole, constantFrom('', '.0', '.5', '.10', '.00012345')).map(parts => parts.join(''))
/** Mostly decimals, sometimes what only a JSON parser reads, or nothing can. */
const text = oneof(
  { arbitrary: decimal, weight: 40 },
  {
    arbitrary: constantFrom('1.', '.5', '', '-1', '1e3', '1\\u0030', '12345678901234567890', '0.123456789012', ' 1'),
    weight: 1,
  },
  { arbitrary: anything().map(value => String(JSON.stringify(value))), weight: 1 },
)
const field = text.map(value =>
  value.startsWith('{') || value.startsWith('[') ? value : `"${value.replace(/"/g, '')}"`,
)
const level = (count: number): fc.Arbitrary<string> =>
  oneof(
    { arbitrary: array(field, { minLength: count, maxLength: count }), weight: 30 },
    { arbitrary: array(field, { maxLength: count + 1 }), weight: 1 },
  ).map(fields => `[${fields.join(',')}]`)
const side = (count: number): fc.Arbitrary<string> =>
  array(level(count), { maxLength: 4 }).map(levels => `[${levels.join(',')}]`)
/** What may be between and around: nothing, a nested or second field of the same name, junk. */
const extra = oneof(
  { arbitrary: constantFrom(''), weight: 10 },
  {
    arbitrary: constantFrom(
      ',"b":[["1","2"]]',
      ',"x":{"a":[["1","2"]],"b":[]}',
      ',"asks":[]',
      ',"z":"\\"b\\":["',
      '}',
      ',',
      ',"é":1',
    ),
    weight: 1,
  },
)

for (const [name, depth, fieldCount, frameOf] of [
  [
    'binance',
    futuresDepth,
    2,
    (b: string, a: string, x: string, y: string) =>
      `{"stream":"s","data":{"e":"depthUpdate","E":1764110000000,"T":1764110000000${x},"U":5,"u":9,"pu":4,"b":${b}${y},"a":${a}}}`,
  ],
  [
    'bybit',
    bybitDepth,
    2,
    (b: string, a: string, x: string, y: string) =>
      `{"topic":"t","type":"delta","ts":1764110000000,"data":{"s":"S"${x},"b":${b},"a":${a}${y},"u":7,"seq":8},"cts":1764110000000}`,
  ],
  [
    'okx',
    okxDepth,
    4,
    (b: string, a: string, x: string, y: string) =>
      `{"arg":{"channel":"books"},"action":"update","data":[{"asks":${a}${x},"bids":${b},"ts":"1764110000000"${y},"prevSeqId":4,"seqId":9}]}`,
  ],
] as const) {
  test(`${name}: the scanner and the JSON parser read the same, also from wrong frames`, () => {
    let readCount = 0
    fc.assert(
      property(record({ b: side(fieldCount), a: side(fieldCount), x: extra, y: extra }), ({ b, a, x, y }) => {
        const frame = frameOf(b, a, x, y)
        const apart = decoded(depth, frame)
        // With a blank before the lists it is the same JSON, which the scanner does not accept.
        assert.deepEqual(apart, decoded(depth, frame.replaceAll('":[', '": [')), frame)
        if (apart !== null) readCount += 1
      }),
      RUNS,
    )
    assert.ok(readCount > RUNS.numRuns / 4, `${readCount} were whole`)
  })
}

test('more levels than any venue sends are refused by both', () => {
  const levels = `[${Array.from({ length: 10_001 }, () => '["1","2"]').join(',')}]`
  const frame = `{"e":"depthUpdate","E":1764110000000,"U":5,"u":9,"pu":4,"b":${levels},"a":[]}`
  assert.equal(decoded(futuresDepth, frame), null)
  assert.notEqual(decoded(futuresDepth, frame.replace('["1","2"],', '')), null)
})

/** Null when malformed. */
function decoded(depth: DepthProtocol, frame: string): DepthFrame | null {
  const into = { ...newDepthFrame(), bids: ['left', 'over'] }
  return depth.decode(Buffer.from(frame), 'stream', into) ? into : null
}
