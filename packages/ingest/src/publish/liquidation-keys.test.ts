import assert from 'node:assert/strict'
import test from 'node:test'
import type { LiquidationEvent } from '@tradelane/shared/market/market-events'
import type { Decimal, MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import fc from 'fast-check'
import { LIQUIDATION_KEYS_KEPT } from '../limits.js'
import { BTC } from '../test/test-lanes.js'
import { LiquidationKeys } from './liquidation-keys.js'

function liquidationAt(venueUs: number, change: Partial<LiquidationEvent> = {}): LiquidationEvent {
  return {
    instrument: BTC,
    venueUs: venueUs as WallUs,
    receivedUs: 9 as MonotonicUs,
    legacySide: 'Sell',
    orderSide: 'Sell',
    positionSide: 'long',
    price: '100.5' as Decimal,
    priceAverage: null,
    quantity: '3' as Decimal,
    quantityBase: '3' as Decimal,
    ...change,
  }
}

test('two equal liquidations of one connection are two', () => {
  const keys = new LiquidationKeys()
  assert.ok(keys.add(liquidationAt(1)))
  assert.ok(keys.add(liquidationAt(1)))
})

test('what one connection delivered is dropped from the next', () => {
  const keys = new LiquidationKeys()
  keys.add(liquidationAt(1))
  keys.add(liquidationAt(1))
  keys.onConnectionChanged()
  assert.ok(!keys.add(liquidationAt(1, { receivedUs: 77 as MonotonicUs })), 'the time of receipt is not compared')
  assert.ok(!keys.add(liquidationAt(1)))
  assert.ok(keys.add(liquidationAt(1)), 'a third one was never published')
  assert.ok(keys.add(liquidationAt(2)))
})

test('any difference makes another liquidation', () => {
  const keys = new LiquidationKeys()
  keys.add(liquidationAt(1))
  keys.onConnectionChanged()
  const changes: Partial<LiquidationEvent>[] = [
    { orderSide: 'Buy' },
    { price: '100.6' as Decimal },
    { priceAverage: '100.5' as Decimal },
    { quantity: '4' as Decimal },
  ]
  for (const change of changes) assert.ok(keys.add(liquidationAt(1, change)), JSON.stringify(change))
})

test('a bounded number is kept: the oldest is forgotten', () => {
  const keys = new LiquidationKeys()
  for (let atUs = 0; atUs <= LIQUIDATION_KEYS_KEPT; atUs += 1) keys.add(liquidationAt(atUs))
  keys.onConnectionChanged()
  assert.ok(!keys.add(liquidationAt(1)))
  assert.ok(keys.add(liquidationAt(0)))
})

test('overlapping connections publish each liquidation as often as the one that delivered most of them', () => {
  const events = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 })
  fc.assert(
    fc.property(fc.array(events, { minLength: 1, maxLength: 4 }), connections => {
      const keys = new LiquidationKeys()
      const published = new Map<number, number>()
      for (const connection of connections) {
        keys.onConnectionChanged()
        for (const atUs of connection)
          if (keys.add(liquidationAt(atUs))) published.set(atUs, (published.get(atUs) ?? 0) + 1)
      }
      for (const [atUs, count] of published) {
        assert.equal(count, Math.max(...connections.map(each => each.filter(seen => seen === atUs).length)))
      }
    }),
  )
})
