import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IndexSet } from './index-set.js'

for (const indexCount of [1, 31, 32, 33, 1_024, 1_025, 40_000]) {
  test(`over random operations a set of ${indexCount} indexes agrees with a plain one, whatever the start of a search`, () => {
    const index = fc.nat(indexCount - 1)
    const operation = fc.record({ act: fc.constantFrom('add', 'delete', 'next'), index })
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), operations => {
        const set = new IndexSet(indexCount, 0)
        const words = new Int32Array(set.end)
        const expected = new Set<number>()
        for (const { act, index } of operations) {
          if (act === 'add') assert.equal(set.add(words, index), !expected.has(index))
          if (act === 'add') expected.add(index)
          if (act === 'delete') assert.equal(set.delete(words, index), expected.delete(index))
          assert.equal(set.isEmpty(words), expected.size === 0)
          assert.equal(set.has(words, index), expected.has(index))
          assert.equal(set.nextFrom(words, index), nextOf(expected, index))
        }
        assert.equal(set.count(words), expected.size)
      }),
    )
  })
}

test('sets in one array do not touch each other', () => {
  const first = new IndexSet(2_000, 0)
  const second = new IndexSet(40, first.end)
  const words = new Int32Array(second.end)
  for (const index of [0, 700, 1_999]) first.add(words, index)
  assert.ok(second.isEmpty(words))
  for (const index of [0, 39]) second.add(words, index)
  first.delete(words, 0)
  assert.deepEqual([first.count(words), first.nextFrom(words, 701), first.nextFrom(words, 2_000)], [2, 1_999, 700])
  assert.deepEqual([second.count(words), second.nextFrom(words, 1), second.nextFrom(words, 40)], [2, 39, 0])
})

test('a set for no index at all is empty, and an index that it has no place for is caught', () => {
  assert.equal(new IndexSet(0, 0).nextFrom(new Int32Array(1), 0), -1)
  for (const index of [-1, 33]) {
    const set = new IndexSet(33, 0)
    assert.throws(() => set.add(new Int32Array(set.end), index), { message: 'a member is below the number of indexes' })
  }
})

function nextOf(members: ReadonlySet<number>, start: number): number {
  const sorted = [...members].sort((one, other) => one - other)
  return sorted.find(member => member >= start) ?? sorted[0] ?? -1
}
