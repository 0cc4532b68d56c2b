import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spreadOf, spreadOfAll } from './statistics.js'

test('the median of an odd count is the middle value, of an even count the mean of the two middle ones', () => {
  assert.deepEqual(spreadOf([5, 1, 3]), { median: 3, min: 1, max: 5 })
  assert.deepEqual(spreadOf([4, 1, 3, 100]), { median: 3.5, min: 1, max: 100 })
})

test('values are ordered as numbers', () => {
  assert.deepEqual(spreadOf([10, 9, 100]), { median: 10, min: 9, max: 100 })
})

test('no values have no spread', () => assert.equal(spreadOf([]), null))

test('with one value missing there is no spread', () => {
  assert.equal(spreadOfAll([1, null, 3]), null)
  assert.equal(spreadOfAll([1, undefined]), null)
  assert.deepEqual(spreadOfAll([2, 1, 3]), { median: 2, min: 1, max: 3 })
})
