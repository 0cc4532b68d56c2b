import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameScan } from './frame-scan.js'

const frame = (
  received: string,
  rest = '"kind":"trade","data":{"amount":1,"id":"x-7","price":2,"side":"Buy"},"seq":41}',
): Buffer =>
  Buffer.from(
    `{"time_exchange":"2026-02-03T04:05:06.120Z","time_received":"${received}","exchange":"Okx","instrument":{"base":"btc","quote":"usdt","kind":"Spot"},${rest}`,
  )
const SECOND_US = Date.parse('2026-02-03T04:05:06Z') * 1_000

test('the fields of a trade are found without parsing', () => {
  const scan = new FrameScan()
  assert.equal(scan.read(frame('2026-02-03T04:05:06.131442Z')), true)
  assert.equal(scan.receivedUs, SECOND_US + 131_442)
  assert.equal(scan.id, 'x-7')
  assert.equal(scan.sequence, 41)
  assert.equal(
    scan.seriesKey,
    '"exchange":"Okx","instrument":{"base":"btc","quote":"usdt","kind":"Spot"},"kind":"trade"',
  )
})

test('a time may have no, three, six or nine fraction digits', () => {
  const scan = new FrameScan()
  for (const [text, fractionUs] of [
    ['2026-02-03T04:05:06Z', 0],
    ['2026-02-03T04:05:06.007Z', 7_000],
    ['2026-02-03T04:05:06.000009Z', 9],
    ['2026-02-03T04:05:06.131442600Z', 131_443],
  ] as const) {
    scan.read(frame(text))
    assert.equal(scan.receivedUs, SECOND_US + fractionUs)
  }
})

test('a frame without id or sequence leaves none of the frame before', () => {
  const scan = new FrameScan()
  scan.read(frame('2026-02-03T04:05:06.131442Z'))
  scan.read(frame('2026-02-03T04:05:06.131442Z', '"kind":"order_book_l2","data":{"Snapshot":{"sequence":5}}}'))
  assert.equal(scan.id, '')
  assert.equal(scan.sequence, 0)
  assert.match(scan.seriesKey, /"kind":"order_book_l2"$/)
})

test('welcome, gap, status and truncated frames are no events', () => {
  const scan = new FrameScan()
  for (const text of [
    '',
    '{}',
    '{"type":"gap","exchange":"Okx"}',
    '{"time_received":"2026',
    '{"time_received":"x","exchange":"Okx"',
  ]) {
    assert.equal(scan.read(Buffer.from(text)), false, text)
  }
})
