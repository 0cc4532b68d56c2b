import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeLinkUp } from '@tradelane/shared/lanes/depth-ring-link-up'
import type { Decimal } from '@tradelane/shared/market/nouns'
import { AmountFactor } from './amount-factor.js'

test('contracts become base currency exactly; prices stay', () => {
  const factor = new AmountFactor(true)
  assert.ok(factor.isMissing)
  factor.take('0.01' as Decimal)
  assert.ok(!factor.isMissing)
  const levels = ['64000.10', '123.4', '64000.0', '5']
  factor.scale(levels)
  assert.deepEqual(levels, ['64000.10', '1.234', '64000.0', '0.05'])
})

test('without a factor the texts are not changed', () => {
  const factor = new AmountFactor(false)
  factor.take(null)
  assert.ok(!factor.isMissing)
  const levels = ['1', '2.500']
  factor.scale(levels)
  assert.deepEqual(levels, ['1', '2.500'])
})

test('a text that is no factor is not used as one', () => {
  const factor = new AmountFactor(true)
  for (const text of ['', '0', '0.00', '-1', '1e3', 'NaN']) {
    factor.take(decodeLinkUp(Buffer.from(text)))
    assert.ok(factor.isMissing, text)
  }
})

test('amounts without the factor that they need are caught', () => {
  assert.throws(() => new AmountFactor(true).scale(['10', '1']), /amounts are never shown without the factor/)
})
