import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Decimal } from '../market/nouns.js'
import {
  compareDecimals,
  halveDecimal,
  isDecimal,
  isWireId,
  isZeroDecimal,
  multiplyDecimals,
  numberLiteral,
} from './decimal.js'

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength })

/** Any text that `isDecimal` accepts, with leading and trailing zeros. */
const decimal = fc
  .tuple(digits(1, 24), fc.option(digits(1, 18), { nil: null }))
  .map(([integer, fraction]) => (fraction === null ? integer : `${integer}.${fraction}`) as Decimal)

const SCALE = 36
/** The value times 10^36, computed without the code under test. */
function oracle(text: string): bigint {
  const [integer = '0', fraction = ''] = text.split('.')
  return BigInt(integer + fraction.padEnd(SCALE, '0'))
}

test('plain decimal text is accepted', () => {
  for (const text of ['0', '1', '81234.5', '0.00000001', '007.50', '9'.repeat(24), `1.${'1'.repeat(18)}`]) {
    assert.equal(isDecimal(text), true, text)
  }
})

test('signs, exponents, bare points, other characters and over-long text are refused', () => {
  const refused = ['', '.', '.5', '5.', '1.2.3', '-1', '+1', '1e5', '1E5', ' 1', '1 ', '1,5', '0x10', 'NaN', 'Infinity']
  refused.push('１', '9'.repeat(25), `1.${'1'.repeat(19)}`, '1\n', '"', '1"')
  for (const text of refused) assert.equal(isDecimal(text), false, JSON.stringify(text))
  for (const value of [1, null, undefined, {}, ['1']]) assert.equal(isDecimal(value), false)
})

test('every accepted text becomes a JSON literal of the same value', () => {
  fc.assert(
    fc.property(decimal, text => {
      assert.equal(isDecimal(text), true)
      const literal = numberLiteral(text)
      assert.equal(JSON.parse(literal), Number(text))
      assert.equal(oracle(literal), oracle(text))
    }),
  )
})

test('exactly the texts of the grammar are accepted', () => {
  const unit = fc.constantFrom(...'0159.-+eE ')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 46 }), text => {
      assert.equal(isDecimal(text), /^[0-9]{1,24}(\.[0-9]{1,18})?$/.test(text))
    }),
  )
})

test('ids are printable ASCII without quote and backslash, at most 64', () => {
  for (const id of ['1', '7001', 'b3c0e5a2-1f7d-5f0e-9d51-4f6a1e2b3c4d', 'a'.repeat(64), ' ~']) assert.ok(isWireId(id))
  for (const id of ['', 'a'.repeat(65), '"', '\\', '\n', '\u007f', 'é', 7, null]) assert.ok(!isWireId(id), String(id))
})

test('comparison is exact, also where doubles would be equal', () => {
  assert.ok(compareDecimals('9007199254740993', '9007199254740992') > 0)
  assert.equal(compareDecimals('1.50', '01.5'), 0)
  fc.assert(
    fc.property(decimal, decimal, (left, right) => {
      const [a, b] = [oracle(left), oracle(right)]
      assert.equal(Math.sign(compareDecimals(left, right)), a < b ? -1 : a > b ? 1 : 0)
      assert.equal(Math.sign(compareDecimals(right, left)) + Math.sign(compareDecimals(left, right)), 0)
    }),
  )
})

test('values that differ in the last digit are ordered', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), scaled => {
      const text = (value: bigint): string => {
        const padded = value.toString().padStart(19, '0')
        return `${padded.slice(0, -18)}.${padded.slice(-18)}`
      }
      assert.ok(compareDecimals(text(scaled), text(scaled + 1n)) < 0)
    }),
  )
})

test('products are exact and carry no trailing zeros', () => {
  for (const [left, right, product] of [
    ['41', '0.01', '0.41'],
    ['37.50', '0.1', '3.75'],
    ['100', '0.01', '1'],
    ['0', '0.01', '0'],
    ['0.00', '10', '0'],
    ['123456789012345678', '0.001', '123456789012345.678'],
    ['0.000000000000000001', '0.000000000000000001', '0.000000000000000000000000000000000001'],
  ] as const) {
    assert.equal(multiplyDecimals(left as Decimal, right as Decimal), product)
  }
  fc.assert(
    fc.property(decimal, decimal, (left, right) => {
      const product = multiplyDecimals(left, right)
      assert.match(product, /^[0-9]+(\.[0-9]+)?$/)
      assert.equal(oracle(product) * 10n ** BigInt(SCALE), oracle(left) * oracle(right))
      if (left !== '1' && right !== '1') assert.doesNotMatch(product, /\..*0$/)
    }),
  )
})

test('a factor of one leaves the venue’s text as it is', () => {
  assert.equal(multiplyDecimals('007.500' as Decimal, '1' as Decimal), '007.500')
  assert.equal(multiplyDecimals('1' as Decimal, '7.500' as Decimal), '7.500')
})

test('a half is exact: twice it is the whole', () => {
  assert.equal(halveDecimal('45678.123' as Decimal), '22839.0615')
  fc.assert(fc.property(decimal, text => assert.equal(oracle(halveDecimal(text)) * 2n, oracle(text))))
})

test('zero is recognised in every spelling, and nothing else is', () => {
  fc.assert(fc.property(decimal, text => assert.equal(isZeroDecimal(text), oracle(text) === 0n)))
  for (const zero of ['0', '0.0', '000.000']) assert.equal(isZeroDecimal(zero), true)
})
