import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { TRADE_NUMBERS_KEPT } from '../limits.js'
import { TradeNumbers } from './trade-numbers.js'

test('a number is new once, in any order', () => {
  const numbers = new TradeNumbers()
  for (const number of [5, 9, 7, 8, Number.MAX_SAFE_INTEGER - 40, Number.MAX_SAFE_INTEGER]) {
    assert.ok(numbers.add(number), String(number))
    assert.ok(!numbers.add(number), String(number))
  }
})

test('numbers far below the highest are those of a venue that counts from the beginning again', () => {
  const numbers = new TradeNumbers()
  const highest = 3 * TRADE_NUMBERS_KEPT
  numbers.add(highest)
  assert.ok(numbers.isKept(highest - TRADE_NUMBERS_KEPT + 1) && !numbers.isKept(highest - TRADE_NUMBERS_KEPT))
  assert.ok(numbers.add(highest - TRADE_NUMBERS_KEPT))
  assert.equal(numbers.highest, highest - TRADE_NUMBERS_KEPT)
  assert.ok(numbers.add(highest), 'it counts up to this number again')
})

test('it answers as a set of the numbers since the last restart does', () => {
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: -40, max: 40 }) },
    { weight: 2, arbitrary: fc.integer({ min: -TRADE_NUMBERS_KEPT - 3, max: TRADE_NUMBERS_KEPT + 3 }) },
    { weight: 1, arbitrary: fc.integer({ min: -1e12, max: 1e12 }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const numbers = new TradeNumbers()
      let model = new Set<number>()
      let [number, highest] = [0, Number.NEGATIVE_INFINITY]
      for (const by of steps) {
        number = Math.max(0, number + by)
        if (number <= highest - TRADE_NUMBERS_KEPT) {
          model = new Set()
          highest = number
        }
        assert.equal(numbers.add(number), !model.has(number))
        model.add(number)
        highest = Math.max(highest, number)
      }
    }),
  )
})
