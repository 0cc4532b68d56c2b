import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { VenueTime } from './venue-time.js'

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

test('a clock of the venue that is set back is followed within two minutes, one that is set forward at once', () => {
  const venue = new Venue()
  venue.trade(S, 20_000)
  venue.offsetUs -= 30 * S
  for (let second = 2; second < 125; second += 1) venue.trade(second * S, 50_000)
  assert.equal(venue.lateUs(125 * S), 50_000)
  venue.offsetUs += 60 * S
  venue.trade(126 * S, 70_000)
  assert.equal(venue.lateUs(127 * S), 70_000)
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
