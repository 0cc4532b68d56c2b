// Planted faults in the arrays of a side, each caught by an assertion. `book.test.ts` tests a side without faults.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BookSide } from './book.js'
import { typedArraysOf } from './test/typed-arrays.js'

/** Ascending keys 1 to 20 at the positions 0 to 19. */
const LEVELS = Array.from({ length: 20 }, (_, index) => [String(20 - index), '1']).flat()

function newSide(): { side: BookSide; keys: Float64Array } {
  const { made: side, doubles } = typedArraysOf(() => new BookSide('bids'))
  assert.ok(side.replace(LEVELS, Number.POSITIVE_INFINITY))
  const keys = doubles[0] ?? assert.fail()
  assert.deepEqual([keys[0], keys[4], keys[19]], [1, 5, 20], 'these are its keys')
  return { side, keys }
}

for (const [name, change] of [
  ['inserted', ['5.5', '1']],
  ['changed', ['4', '2']],
  ['deleted', ['6', '0']],
] as const) {
  test(`unsorted keys are caught when a level beside them is ${name}`, () => {
    assert.ok(newSide().side.apply(change))
    const { side, keys } = newSide()
    // The level below that of key 6.
    keys[4] = 6.5
    assert.throws(() => side.apply(change), /the keys around a changed level ascend/)
  })
}

test('unsorted keys are caught before a level is shown', () => {
  const { side, keys } = newSide()
  const top: string[] = []
  side.copyTop(20, top)
  assert.deepEqual(top, LEVELS)
  keys[18] = 20
  assert.throws(() => side.copyTop(20, top), /levels are copied in order/)
})
