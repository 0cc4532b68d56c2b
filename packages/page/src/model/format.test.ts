import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sizeText, valueText } from './format.js'

const SIZES: readonly (readonly [size: number, text: string])[] = [
  [0, '0.00000'],
  [0.000_001, '0.000001'],
  [0.000_000_012, '0.000000012'],
  [0.000_05, '0.00005'],
  [0.034, '0.03400'],
  [1.5, '1.500'],
  [123.45, '123.5'],
  [12_345.6, '12,346'],
]

for (const [size, text] of SIZES) {
  test(`a size of ${size} reads ${text}, and its negative the same with a sign`, () => {
    assert.equal(sizeText(size), text)
    if (size !== 0) assert.equal(sizeText(-size), `-${text}`)
  })
}

const VALUES: readonly (readonly [value: number, text: string])[] = [
  [0, '0.00'],
  [0.000_3, '<0.01'],
  [0.086_7, '0.09'],
  [0.137, '0.14'],
  [5.724, '5.72'],
  [43.41, '43.4'],
  [2_951.02, '2.95K'],
  [75_900, '75.9K'],
  [123_456_789, '123M'],
]

for (const [value, text] of VALUES) {
  test(`a value of ${value} reads ${text}, in at most five characters`, () => {
    assert.equal(valueText(value), text)
    assert.ok(text.length <= 5)
  })
}
