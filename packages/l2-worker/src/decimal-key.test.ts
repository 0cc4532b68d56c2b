import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareDecimals } from '@tradelane/shared/wire/decimal'
import fc from 'fast-check'
import { amountSign, priceKey } from './decimal-key.js'

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength })
const decimal = fc
  .tuple(digits(1, 7), fc.option(digits(1, 8)))
  .map(([integer, fraction]) => (fraction === null ? integer : `${integer}.${fraction}`))

test('a key is the number of its text', () => {
  fc.assert(fc.property(decimal, text => priceKey(text) === Number(text)))
})

test('keys sort as the decimals do, and only equal decimals have the same key', () => {
  fc.assert(
    fc.property(decimal, decimal, (left, right) => {
      assert.equal(Math.sign(priceKey(left) - priceKey(right)), Math.sign(compareDecimals(left, right)))
    }),
  )
})

test('trailing zeros do not make another price', () => {
  assert.equal(priceKey('86723.4'), priceKey('86723.40000000'))
  assert.equal(priceKey('12345678.100000000000'), 12345678.1)
})

for (const text of [
  '',
  '.',
  '1.',
  '.5',
  '-1',
  '+1',
  '1e5',
  '0x10',
  ' 1',
  '1 ',
  '1.2.3',
  'NaN',
  '1,5',
  '٣',
  '"',
  '1234567890.123456',
  '1'.repeat(50),
]) {
  test(`${JSON.stringify(text)} is refused as a price`, () => {
    assert.ok(Number.isNaN(priceKey(text)))
  })
}

for (const [text, sign] of [
  ['0', 0],
  ['0.00000000', 0],
  ['0.00000001', 1],
  ['31', 1],
  ['', -1],
  ['-1', -1],
  ['1.', -1],
  ['1e5', -1],
  ['","x":"', -1],
] as const) {
  test(`the amount ${JSON.stringify(text)} has the sign ${sign}`, () => {
    assert.equal(amountSign(text), sign)
  })
}
