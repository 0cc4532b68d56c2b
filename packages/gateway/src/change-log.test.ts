import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ChangeLog, Dirty } from './change-log.js'

const CELLS = 5

test('a cell that changes again moves to the end, and what changed in it adds up', () => {
  const log = new ChangeLog(CELLS)
  log.add(3, Dirty.status)
  const between = log.newest
  log.add(1, Dirty.payload)
  log.add(3, Dirty.payload)
  assert.deepEqual(since(log, 0), [
    [3, Dirty.payload | Dirty.status],
    [1, Dirty.payload],
  ])
  assert.deepEqual(since(log, between), [
    [3, Dirty.payload],
    [1, Dirty.payload],
  ])
  assert.deepEqual(since(log, log.newest), [])
})

test('from any position the log has each cell that changed since once, the newest first, with everything that changed in it', () => {
  const change = fc.record({ cell: fc.nat(CELLS - 1), changes: fc.nat(3) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), fc.nat(40), (changes, seen) => {
      const log = new ChangeLog(CELLS)
      const expected = new Map<number, number>()
      let position = 0
      for (const [count, { cell, changes: bits }] of changes.entries()) {
        if (count === seen) {
          position = log.newest
          expected.clear()
        }
        log.add(cell, bits)
        if (bits === 0) continue
        const before = expected.get(cell) ?? 0
        expected.delete(cell)
        expected.set(cell, before | bits)
      }
      assert.deepEqual(since(log, position), [...expected].reverse())
    }),
  )
})

test('a cell that no board has is caught', () => {
  for (const cell of [-1, CELLS]) {
    assert.throws(() => new ChangeLog(CELLS).add(cell, Dirty.status), { message: 'a cell that changes is on a board' })
  }
})

function since(log: ChangeLog, position: number): number[][] {
  const pairs: number[][] = []
  for (let cell = log.last(position); cell >= 0; cell = log.previous(cell, position)) {
    pairs.push([cell, log.changesOf(cell, position)])
  }
  return pairs
}
