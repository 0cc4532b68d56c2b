import assert from 'node:assert/strict'
import test from 'node:test'
import type { CumulativeVolumeDelta, TradeEvent } from '@tradelane/shared/market/market-events'
import type { Decimal, WallUs } from '@tradelane/shared/market/nouns'
import { BTC, ETH } from '../test/test-lanes.js'
import { CvdTotals } from './cvd-totals.js'

function fixture(): { totals: CvdTotals; seen: CumulativeVolumeDelta[] } {
  const seen: CumulativeVolumeDelta[] = []
  return { totals: new CvdTotals(total => seen.push({ ...total })), seen }
}

const FIRST: TradeEvent = {
  instrument: BTC,
  venueUs: 1_000 as WallUs,
  receivedUs: 2_000 as WallUs,
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

test('block trades move the time and not the totals', () => {
  const { totals, seen } = fixture()
  totals.add(FIRST)
  totals.add({ ...FIRST, venueUs: 9_000 as WallUs, isMarket: false })
  assert.deepEqual([seen[1]?.deltaBase, seen[1]?.venueUs], [0.5, 9_000])
})

test('a total has its start time, and stays incomplete once trades were missed', () => {
  const { totals, seen } = fixture()
  totals.add(FIRST)
  totals.markIncomplete(BTC)
  totals.add({ ...FIRST, receivedUs: 5_000 as WallUs })
  totals.add({ ...FIRST, instrument: ETH, receivedUs: 6_000 as WallUs })
  assert.deepEqual(
    seen.map(({ sinceUs, isComplete }) => [sinceUs, isComplete]),
    [
      [2_000, true],
      [2_000, false],
      [6_000, true],
    ],
  )
})

test('what was missed before the first trade is before the totals: they are complete', () => {
  const { totals, seen } = fixture()
  totals.markIncomplete(BTC)
  totals.add(FIRST)
  assert.equal(seen[0]?.isComplete, true)
})
