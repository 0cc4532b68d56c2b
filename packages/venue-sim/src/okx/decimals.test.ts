import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactProduct, withoutTrailingZeros } from './decimals.js'

test('a product is exact and has no zeros at its end', () => {
  for (const [left, right, product] of [
    ['12.5', '0.01', '0.125'],
    ['100', '0.01', '1'],
    ['359.37', '100', '35937'],
    ['10', '10', '100'],
    ['0', '0.01', '0'],
    ['12.50', '1', '12.50'],
    ['123456789012345678.9', '0.1', '12345678901234567.89'],
  ] as const) {
    assert.equal(exactProduct(left, right), product)
  }
})

test('digits and places of a product are those of whole-number arithmetic', () => {
  const decimal = fc.tuple(fc.bigInt(0n, 10n ** 15n), fc.integer({ min: 1, max: 9 }))
  fc.assert(
    fc.property(decimal, decimal, ([left, leftPlaces], [right, rightPlaces]) => {
      const product = exactProduct(written(left, leftPlaces), written(right, rightPlaces))
      const [whole = '', fraction = ''] = product.split('.')
      assert.equal(BigInt(whole + fraction.padEnd(leftPlaces + rightPlaces, '0')), left * right)
      assert.equal(product, withoutTrailingZeros(product))
    }),
  )
})

function written(digits: bigint, places: number): string {
  const text = String(digits).padStart(places + 1, '0')
  return `${text.slice(0, -places)}.${text.slice(-places)}`
}
