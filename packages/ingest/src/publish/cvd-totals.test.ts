import assert from 'node:assert/strict'
import test from 'node:test'
import type { CumulativeVolumeDelta, TradeEvent } from '@tradelane/shared/market/market-events'
import type { Decimal, MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { Clock, createClock } from '@tradelane/shared/thread/clock'
import { BTC, ETH } from '../test/test-lanes.js'
import { CvdTotals } from './cvd-totals.js'

const clock = new Clock(createClock())

function fixture(): { totals: CvdTotals; seen: CumulativeVolumeDelta[] } {
  const seen: CumulativeVolumeDelta[] = []
  return { totals: new CvdTotals(clock, { publishCvd: total => seen.push({ ...total }) }), seen }
}

const FIRST: TradeEvent = {
  instrument: BTC,
  venueUs: 1_000 as WallUs,
  receivedUs: 2_000 as MonotonicUs,
  id: '1',
  price: '100' as Decimal,
  amount: '50' as Decimal,
  amountBase: '0.5' as Decimal,
  side: 'Buy',
  isMarket: true,
}

test('buys add and sells subtract, in base and in quote currency', () => {
  const { totals, seen } = fixture()
  totals.add(FIRST)
  totals.add({ ...FIRST, venueUs: 3_000 as WallUs, side: 'Sell', amountBase: '2' as Decimal, price: '10' as Decimal })
  assert.deepEqual(
    seen.map(({ deltaBase, deltaQuote, venueUs }) => [deltaBase, deltaQuote, venueUs]),
    [
      [0.5, 50, 1_000],
      [-1.5, 30, 3_000],
    ],
  )
})

test('block trades change the time and not the totals', () => {
  const { totals, seen } = fixture()
  totals.add(FIRST)
  totals.add({ ...FIRST, venueUs: 9_000 as WallUs, isMarket: false })
  assert.deepEqual([seen[1]?.deltaBase, seen[1]?.venueUs], [0.5, 9_000])
})

test('a total has its start, and stays incomplete after trades were missed', () => {
  const { totals, seen } = fixture()
  totals.add(FIRST)
  totals.markIncomplete(BTC)
  totals.add({ ...FIRST, receivedUs: 5_000 as MonotonicUs })
  totals.add({ ...FIRST, instrument: ETH, receivedUs: 6_000 as MonotonicUs })
  assert.deepEqual(
    seen.map(({ sinceUs, isComplete }) => [sinceUs, isComplete]),
    [
      [clock.toWallUs(FIRST.receivedUs), true],
      [clock.toWallUs(FIRST.receivedUs), false],
      [clock.toWallUs(6_000 as MonotonicUs), true],
    ],
  )
})

test('trades missed before the first one do not make the totals incomplete', () => {
  const { totals, seen } = fixture()
  totals.markIncomplete(BTC)
  totals.add(FIRST)
  assert.equal(seen[0]?.isComplete, true)
})
