import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import fc from 'fast-check'
import { DELAY_DIFFERENCE_US_MAX, VenueTime } from './venue-time.js'

const VENUE_US = 1_790_000_000_000_000
const S = 1_000_000

class Venue {
  readonly time = new VenueTime()
  /** From the monotonic clock to the venue's. */
  offsetUs = VENUE_US

  trade(sentUs: number, delayUs: number): void {
    this.time.heard((sentUs + this.offsetUs) as WallUs, (sentUs + delayUs) as MonotonicUs)
  }

  /** How late the estimate is at a moment. */
  lateUs(atUs: number): number {
    const estimateUs = this.time.earliestAt(atUs as MonotonicUs)
    return estimateUs === undefined ? Number.NaN : atUs + this.offsetUs - estimateUs
  }
}

test('before the first trade nothing is known', () => {
  assert.ok(Number.isNaN(new Venue().lateUs(S)))
})

test('the trade that came with the least delay counts, before and after it', () => {
  const venue = new Venue()
  for (const [sentUs, delayUs] of [
    [S, 90_000],
    [2 * S, 20_000],
    [3 * S, 400_000],
  ] as const) {
    venue.trade(sentUs, delayUs)
  }
  assert.equal(venue.lateUs(4 * S), 20_000)
  assert.equal(venue.lateUs(S), 20_000)
})

test('a clock of the venue that is set back is followed within two minutes, one that is set forward within a second or two', () => {
  const venue = new Venue()
  venue.trade(S, 20_000)
  venue.offsetUs -= 30 * S
  for (let second = 2; second < 125; second += 1) venue.trade(second * S, 50_000)
  assert.equal(venue.lateUs(125 * S), 50_000)
  venue.offsetUs += 60 * S
  for (const second of [126, 126.5, 127]) venue.trade(second * S, 70_000)
  assert.equal(venue.lateUs(128 * S), 70_000)
})

test('a trade that comes with less delay than those before is within the latest time', () => {
  const venue = new Venue()
  venue.trade(S, 700_000)
  const latestUs = venue.time.latestAt((2 * S + 5_000) as MonotonicUs) ?? 0
  assert.ok(latestUs >= 2 * S + VENUE_US)
})

test('after hours without a trade the last estimate still counts', () => {
  const venue = new Venue()
  venue.trade(S, 20_000)
  assert.equal(venue.lateUs(7_200 * S), 20_000)
  venue.trade(7_200 * S, 500_000)
  assert.equal(venue.lateUs(7_201 * S), 20_000)
})

test('of the first three chunks the middle one is believed, of two the earlier', () => {
  for (const wrongUs of [3_600 * S, -3_600 * S]) {
    for (let wrong = 0; wrong < 3; wrong += 1) {
      const venue = new Venue()
      for (let index = 0; index < 3; index += 1) {
        venue.trade((1 + index) * S, index === wrong ? -wrongUs : 20_000)
        if (index === 1 && wrongUs > 0) assert.equal(venue.lateUs(9 * S), 20_000)
      }
      assert.equal(venue.lateUs(9 * S), 20_000)
    }
  }
})

test('many trades of one chunk are one opinion', () => {
  const venue = new Venue()
  for (const second of [1, 2, 3]) venue.trade(second * S, 20_000)
  for (let count = 0; count < 1_000; count += 1)
    venue.time.heard((VENUE_US + 1e12 + count) as WallUs, (5 * S) as MonotonicUs)
  assert.equal(venue.lateUs(6 * S), 20_000)
})

interface Arrival {
  readonly pauseUs: number
  readonly delayUs: number
  /** What its time is wrong by. */
  readonly wrongUs: number | null
}

/** No two wrong times follow each other, or are among the first three. */
function arrivals(wrongUs: fc.Arbitrary<number>): fc.Arbitrary<Arrival[]> {
  const arrival = fc.record({
    pauseUs: fc.integer({ min: 1, max: 5 * S }),
    delayUs: fc.integer({ min: 0, max: DELAY_DIFFERENCE_US_MAX }),
    wrongUs: fc.option(wrongUs, { freq: 2 }),
  })
  return fc
    .array(arrival, { minLength: 3, maxLength: 80, size: 'max' })
    .map(all =>
      all.map((each, index) =>
        index === 1 || index === 2 || (index > 0 && all[index - 1]!.wrongUs !== null)
          ? { ...each, wrongUs: null }
          : each,
      ),
    )
}

/** Calls `check` with how late the estimate is after each arrival, from the third on. */
function follow(all: readonly Arrival[], check: (lateUs: number) => void): void {
  const venue = new Venue()
  let atUs = S
  for (const [index, { pauseUs, delayUs, wrongUs }] of all.entries()) {
    atUs += pauseUs
    venue.time.heard((atUs + VENUE_US + (wrongUs ?? -delayUs)) as WallUs, atUs as MonotonicUs)
    if (index > 1) check(venue.lateUs(atUs))
  }
}

test('times that are far off, however often, never move the estimate from what the others show', () => {
  const far = fc.oneof(
    fc.integer({ min: DELAY_DIFFERENCE_US_MAX + 1, max: 1e15 }),
    fc.integer({ min: -1e15, max: -DELAY_DIFFERENCE_US_MAX }),
  )
  fc.assert(
    fc.property(arrivals(far), all => {
      follow(all, lateUs => assert.ok(lateUs >= 0 && lateUs <= DELAY_DIFFERENCE_US_MAX, `late by ${lateUs} us`))
    }),
  )
})

test('whatever its time is, a chunk moves the estimate ahead of any before it by a second at most', () => {
  for (const wrongUs of [fc.integer({ min: -1e15, max: 1e15 }), fc.integer({ min: 0, max: 3 * S })]) {
    fc.assert(
      fc.property(arrivals(wrongUs), all => {
        let leastUs = Number.POSITIVE_INFINITY
        follow(all, lateUs => {
          assert.ok(leastUs === Number.POSITIVE_INFINITY || leastUs - lateUs <= DELAY_DIFFERENCE_US_MAX)
          leastUs = Math.min(leastUs, lateUs)
        })
      }),
    )
  }
})
