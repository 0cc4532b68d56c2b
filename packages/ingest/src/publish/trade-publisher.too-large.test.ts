// What does not fit a slot of the trade log is reported, never just left out.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Decimal, Instrument } from '@tradelane/shared/market/nouns'
import { BOTH, LIQUIDATION, PublisherFixture } from '../test/publisher-fixture.js'
import { INSTRUMENTS, TestLanes } from '../test/test-lanes.js'

const LONGEST = `${'9'.repeat(24)}.${'9'.repeat(18)}` as Decimal
/** No setting accepts such names: with them the longest liquidation, or the longest trade, does not fit. */
const LONG = named(60)
const LONGER = named(130)
const LONGER_OPAQUE = named(130, 2)
const NUMBERS = { price: LONGEST, amount: LONGEST, amountBase: LONGEST } as const

function named(chars: number, id = 0): Instrument {
  return { ...(INSTRUMENTS[id] as Instrument), base: 'x'.repeat(chars), quote: 'y'.repeat(30) }
}

function fixtureOf(instrument: Instrument): PublisherFixture {
  return new PublisherFixture(new TestLanes(), {
    instruments: INSTRUMENTS.map(each => (each.id === instrument.id ? instrument : each)),
  })
}

test('a liquidation that is too large is a gap in its place', () => {
  const fixture = fixtureOf(LONG).trade(10, LONG).liquidation(100, LONG)
  const { price, quantity } = { price: LONGEST, quantity: LONGEST }
  const largest = { ...LIQUIDATION, instrument: LONG, price, quantity, priceAverage: price, quantityBase: quantity }
  fixture.publisher.publishLiquidation(largest)
  fixture.liquidation(101, LONG)
  assert.deepEqual(fixture.published(), ['10', 'liq 100', 'missed 0: 10 > null', 'liq 101'])
  assert.equal(fixture.lanes.count('liquidationsTooLarge'), 1)
  fixture.lose(BOTH, LONG).back(BOTH, LONG)
  assert.deepEqual(fixture.published(), ['missed 0: 10 > null'], 'a later disconnect has a gap of its own')
})

test('a trade that is too large is counted in the gap before the next one, where ids are contiguous', () => {
  const fixture = fixtureOf(LONGER)
    .trade(10, LONGER)
    .trade(12, LONGER, { ...NUMBERS, idCount: 2 })
    .trade(13, LONGER)
  assert.deepEqual(fixture.published(), ['10', 'missed 2: 10 > 13', '13'])
  fixture.trade(16, LONGER, NUMBERS).trade(17, LONGER)
  assert.deepEqual(fixture.published(), ['missed 2: 13 > 16', 'missed 1: 13 > 17', '17'], 'each is counted once')
  assert.equal(fixture.lanes.count('tradesTooLarge'), 2)
})

test('a trade that is too large is a gap in its place, where ids prove nothing', () => {
  const fixture = fixtureOf(LONGER_OPAQUE).trade('a', LONGER_OPAQUE).trade('b', LONGER_OPAQUE, NUMBERS)
  assert.deepEqual(fixture.published(), ['a', 'missed null: a > null'])
  fixture.trade('c', LONGER_OPAQUE)
  assert.deepEqual(fixture.published(), ['c'])
})

test('the longest trade fits with every name that settings accept', () => {
  for (const [base, quote] of [
    ['x'.repeat(20), 'y'.repeat(10)],
    ['币'.repeat(8), '安'.repeat(4)],
    ['б'.repeat(12), 'и'.repeat(6)],
    ['\u{20000}'.repeat(6), '\u{20000}'.repeat(3)],
  ] as const) {
    const named = { ...(INSTRUMENTS[2] as Instrument), base, quote }
    const fixture = fixtureOf(named).trade('a'.repeat(64), named, NUMBERS)
    assert.deepEqual(fixture.published(), ['a'.repeat(64)], base)
  }
})
