import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOfLevels } from './digest.js'

test('one level has the digest that another program computed', () => {
  assert.equal(digestOfLevels([['1', '2']], []), 'f243c75cc2947209')
})

test('side, order, price text and amount text all count; the fifty-first level does not', () => {
  const levels = Array.from({ length: 51 }, (_, rank): [string, string] => [`${1_000 - rank}`, '1'])
  const whole = digestOfLevels(levels, [])
  assert.equal(digestOfLevels(levels.slice(0, 50), []), whole)
  assert.notEqual(digestOfLevels([], levels), whole)
  assert.notEqual(digestOfLevels(levels.toReversed(), []), whole)
  assert.notEqual(digestOfLevels([['1000.0', '1'], ...levels.slice(1)], []), whole)
  assert.notEqual(digestOfLevels([['1000', '1.0'], ...levels.slice(1)], []), whole)
})
