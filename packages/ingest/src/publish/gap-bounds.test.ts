import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WallUs } from '@tradelane/shared/market/nouns'
import { inOrder } from './gap-bounds.js'

const of = (from: number | null, to: number | null): readonly (number | null)[] => {
  const { fromUs, toUs } = inOrder({ fromUs: from as WallUs | null, toUs: to as WallUs | null })
  return [fromUs, toUs]
}

test('bounds in order, and unknown ones, stay as they are', () => {
  for (const [from, to] of [
    [1, 2],
    [2, 2],
    [null, 2],
    [3, null],
    [null, null],
  ] as const) {
    assert.deepEqual(of(from, to), [from, to])
  }
})

test('times that are a little out of order bound the gap the other way round', () => {
  assert.deepEqual(of(5_000_000, 4_990_000), [4_990_000, 5_000_000])
})

test('where one of the times is wrong, nothing is left out', () => {
  assert.deepEqual(of(9e15, 4_000_000), [null, 9e15])
})
