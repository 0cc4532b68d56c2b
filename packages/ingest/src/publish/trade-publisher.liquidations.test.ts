// Liquidations have no id: after a disconnect their gap is published, whatever the ids of trades prove.

import assert from 'node:assert/strict'
import test from 'node:test'
import { type Decimal, Kind, type MonotonicUs, type WallUs } from '@tradelane/shared/market/nouns'
import fc from 'fast-check'
import { LIQUIDATION_LATE_US_MAX } from '../limits.js'
import {
  BOTH,
  brief,
  HEARD_US,
  LIQUIDATION,
  LIQUIDATIONS,
  PublisherFixture,
  TRADES,
} from '../test/publisher-fixture.js'
import { BTC, BYBIT_BTC, ETH } from '../test/test-lanes.js'

const LOST_SINCE_US = (HEARD_US - LIQUIDATION_LATE_US_MAX) as MonotonicUs

test('liquidations that a second connection repeats are published once', () => {
  const fixture = new PublisherFixture()
  fixture.liquidation(100).liquidation(100, ETH)
  fixture.publisher.onConnectionChanged(BTC)
  fixture.liquidation(100).liquidation(99)
  assert.deepEqual(fixture.published(), ['liq 100', 'liq 100', 'liq 99'])
  assert.equal(fixture.lanes.count('liquidationsPublished'), 3)
  assert.equal(fixture.lanes.count('liquidationsDuplicate'), 1)
})

test('a liquidation of quantity 0 is counted and not published; the gap before it is', () => {
  const fixture = new PublisherFixture()
    .trade(10)
    .lose(LIQUIDATIONS)
    .liquidation(100, BTC, '0.000' as Decimal)
  assert.deepEqual(fixture.published(), ['10', 'missed 0: 10 > null'])
  fixture.liquidation(101)
  assert.deepEqual(fixture.published(), ['liq 101'])
  assert.equal(fixture.lanes.count('liquidationsOfNothing'), 1)
})

test('a disconnect without a missed trade may have missed liquidations: their gap is published at once, and CVD stays complete', () => {
  const fixture = new PublisherFixture().trade(10).lose(BOTH)
  const backIso = fixture.untilIsoOf(fixture.lanes.clock.monotonicUs())
  const [, gap] = fixture.back(BOTH).lanes.takeRecords()
  assert.ok(gap)
  assert.equal(brief(gap), 'missed 0: 10 > null')
  assert.equal(gap.json.from_time, fixture.isoOf(LOST_SINCE_US))
  assert.ok(gap.json.to_time >= backIso)
  assert.ok(gap.json.to_time <= fixture.untilIsoOf(fixture.lanes.clock.monotonicUs()))
  fixture.back(BOTH).trade(11).liquidation(100)
  assert.deepEqual(fixture.published(), ['11', 'liq 100'], 'once')
  assert.equal(fixture.totals.at(-1)?.isComplete, true)
})

test('a disconnect with missed trades has two gaps: of liquidations at once, of trades with their number before the next', () => {
  const fixture = new PublisherFixture().trade(10).lose(BOTH).back(BOTH).liquidation(100).trade(15)
  assert.deepEqual(fixture.published(), ['10', 'missed 0: 10 > null', 'liq 100', 'missed 4: 10 > 15', '15'])
  assert.equal(fixture.totals.at(-1)?.isComplete, false)
})

test('a liquidation that comes before everything is subscribed again is published after the gap', () => {
  const fixture = new PublisherFixture().trade(10).lose(BOTH).liquidation(100).trade(12).back(BOTH).liquidation(99)
  const records = fixture.lanes.takeRecords()
  assert.deepEqual(records.map(brief), ['10', 'missed 0: 10 > null', 'liq 100', 'missed 1: 10 > 12', '12', 'liq 99'])
  assert.equal(records[1]?.json.to_time, fixture.untilIsoOf(LIQUIDATION.receivedUs))
})

test('a liquidation that cannot be read may be as old as the last trade before it: its connection may have stood still', () => {
  const fixture = new PublisherFixture().trade(10)
  const lastUs = fixture.stampOf(1_790_000_000_010_000 as WallUs)
  assert.ok(fixture.publisher.missed(BTC, Kind.liquidation, (lastUs + 60_000_000) as MonotonicUs))
  const [, gap] = fixture.back(BOTH).lanes.takeRecords()
  assert.equal(gap?.json.from_time, fixture.isoOf((lastUs - LIQUIDATION_LATE_US_MAX) as MonotonicUs))
})

test('liquidations on a connection of their own have a gap only for its loss', () => {
  const fixture = new PublisherFixture().trade(10).lose(LIQUIDATIONS).trade(11).back(LIQUIDATIONS).trade(12)
  assert.deepEqual(fixture.published(), ['10', '11', 'missed 0: 11 > null', '12'])
  fixture.lose(TRADES).back(TRADES).liquidation(100).trade(13)
  assert.deepEqual(fixture.published(), ['liq 100', '13'])
  fixture.lose(BOTH).back(TRADES).trade(14)
  assert.deepEqual(fixture.published(), ['14'], 'liquidations are still not back')
  fixture.back(LIQUIDATIONS)
  assert.deepEqual(fixture.published(), ['missed 0: 14 > null'])
})

test('where ids prove nothing, one gap is of trades and liquidations, from the earlier of the two times', () => {
  const fixture = new PublisherFixture().trade(1_500, BYBIT_BTC)
  // The trade is 1.5 s older than this; lost liquidations may be half a second older than the trade.
  const heardUs = fixture.stampOf(1_790_000_003_000_000 as WallUs)
  fixture.lose(BOTH, BYBIT_BTC, heardUs).back(BOTH, BYBIT_BTC)
  const [, gap] = fixture.lanes.takeRecords()
  assert.ok(gap)
  assert.equal(brief(gap), 'missed null: 1500 > null')
  assert.equal(gap.json.from_time, fixture.isoOf((heardUs - LIQUIDATION_LATE_US_MAX) as MonotonicUs))
  fixture.trade(1_501, BYBIT_BTC).lose(BOTH, BYBIT_BTC).trade(1_501, BYBIT_BTC).back(BOTH, BYBIT_BTC)
  assert.deepEqual(
    fixture.published(),
    ['1501', 'missed 0: 1501 > null'],
    'the last trade came again: liquidations only',
  )
})

test('several disconnects before everything is back are one gap, from the first', () => {
  const fixture = new PublisherFixture()
    .trade(10)
    .lose(BOTH)
    .lose(BOTH, BTC, (HEARD_US + 1_000_000) as MonotonicUs)
    .back(BOTH)
  const [, gap, ...rest] = fixture.lanes.takeRecords()
  assert.equal(gap?.json.from_time, fixture.isoOf(LOST_SINCE_US))
  assert.deepEqual(rest, [])
})

test('whatever a disconnect loses: liquidations have a gap in its place, trades add up, and without one there is no gap', () => {
  const fates = fc.array(fc.constantFrom('trade', 'trade', 'liquidation', 'down', 'heard', 'up'), { maxLength: 150 })
  fc.assert(
    fc.property(fates, all => {
      const fixture = new PublisherFixture().trade(1)
      const expected: string[] = ['1']
      let id = 1
      let [isDown, isHeard, cuts, areLost, lostTrades] = [false, false, 0, false, 0]
      all.forEach((fate, index) => {
        if (fate === 'down' && !isDown) {
          fixture.lose(BOTH)
          ;[isDown, isHeard, cuts, areLost] = [true, false, cuts + 1, true]
        }
        // Connected, and some subscriptions deliver; not all are acknowledged.
        if (fate === 'heard') isHeard = true
        if (fate === 'up' && isDown) {
          fixture.back(BOTH)
          if (areLost) expected.push('missed 0')
          ;[isDown, areLost] = [false, false]
        }
        const isDelivered = !isDown || isHeard
        if (fate === 'trade') {
          id += 1
          if (!isDelivered) lostTrades += 1
          else {
            if (lostTrades > 0) expected.push(`missed ${lostTrades}`)
            expected.push(String(id))
            fixture.trade(id)
            lostTrades = 0
          }
        }
        if (fate === 'liquidation' && isDelivered) {
          if (areLost) expected.push('missed 0')
          areLost = false
          fixture.liquidation(index)
          expected.push(`liq ${index}`)
        }
      })
      assert.deepEqual(
        fixture.published().map(text => text.split(':')[0]),
        expected,
      )
      assert.ok(expected.filter(text => text === 'missed 0').length <= cuts)
    }),
    { numRuns: 100 },
  )
})
