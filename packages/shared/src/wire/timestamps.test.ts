import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isoMs, isoUs } from './timestamps.js'

const YEAR_2255_US = Number.MAX_SAFE_INTEGER
const wallUs = fc.oneof(
  fc.integer({ min: 0, max: YEAR_2255_US }),
  // Close together, as in production: several cached prefixes are in use.
  fc.integer({ min: 1_770_091_506_000_000, max: 1_770_091_530_000_000 }),
)

test('milliseconds equal those of Date', () => {
  fc.assert(
    fc.property(wallUs, us => {
      assert.equal(isoMs(us), new Date(Math.floor(us / 1_000)).toISOString())
    }),
    { numRuns: 2_000 },
  )
})

test('microseconds continue the milliseconds of Date', () => {
  fc.assert(
    fc.property(wallUs, us => {
      const ofDate = new Date(Math.floor(us / 1_000)).toISOString().slice(0, -1)
      assert.equal(isoUs(us), `${ofDate}${String(us % 1_000).padStart(3, '0')}Z`)
    }),
    { numRuns: 2_000 },
  )
})

test('every millisecond across a change of second, year and leap day is right', () => {
  for (const boundary of [
    '2026-02-03T04:05:06Z',
    '2027-01-01T00:00:00Z',
    '2028-02-29T00:00:00Z',
    '2028-03-01T00:00:00Z',
  ]) {
    const boundaryMs = Date.parse(boundary)
    for (let ms = boundaryMs - 1_500; ms < boundaryMs + 1_500; ms += 1) {
      assert.equal(isoMs(ms * 1_000 + 999), new Date(ms).toISOString())
    }
  }
})

test('fractions of a microsecond are cut off, and an invalid time becomes the nearest end', () => {
  assert.equal(isoUs(1_770_091_506_131_442.5), '2026-02-03T04:05:06.131442Z')
  for (const us of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) {
    assert.equal(isoUs(us), '1970-01-01T00:00:00.000000Z')
    assert.equal(isoMs(us), '1970-01-01T00:00:00.000Z')
  }
  assert.equal(isoMs(Number.POSITIVE_INFINITY), '2255-06-05T23:47:34.740Z')
})
