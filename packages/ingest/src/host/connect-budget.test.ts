import assert from 'node:assert/strict'
import test from 'node:test'
import type { Feed } from '@tradelane/shared/market/nouns'
import fc from 'fast-check'
import { ConnectBudget } from './connect-budget.js'

test('grants as many connections as the venue allows, then names the wait until the oldest leaves the window', () => {
  const budget = new ConnectBudget({ connectCount: 3, connectWindowMs: 1_000 })
  assert.deepEqual([budget.take('trade', 0), budget.take('trade', 100), budget.take('trade', 200)], [0, 0, 0])
  assert.equal(budget.take('trade', 400), 600)
  assert.equal(budget.take('trade', 999), 1)
  assert.equal(budget.take('trade', 1_000), 0, 'the first grant is a window old')
  assert.equal(budget.take('trade', 1_050), 50)
})

test('a refused request costs nothing', () => {
  const budget = new ConnectBudget({ connectCount: 1, connectWindowMs: 1_000 })
  assert.equal(budget.take('trade', 0), 0)
  for (let atMs = 1; atMs < 1_000; atMs += 1) assert.ok(budget.take('trade', atMs) > 0)
  assert.equal(budget.take('trade', 1_000), 0)
})

test('no window of any schedule has more grants than allowed, and after the named wait there is one', () => {
  const schedule = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(schedule, fc.integer({ min: 1, max: 5 }), (pausesMs, connectCount) => {
      const budget = new ConnectBudget({ connectCount, connectWindowMs: 1_000 })
      const grantedMs: number[] = []
      let nowMs = 0
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs
        const waitMs = budget.take('trade', nowMs)
        if (waitMs > 0) {
          nowMs += waitMs
          assert.equal(budget.take('trade', nowMs), 0)
        }
        grantedMs.push(nowMs)
        const inWindow = grantedMs.filter(atMs => nowMs - atMs < 1_000).length
        assert.ok(inWindow <= connectCount)
      }
    }),
  )
})

test('books leave a share to state, and both leave one to trades', () => {
  const budget = new ConnectBudget({ connectCount: 60, connectWindowMs: 300_000 })
  const grants = (feed: Feed): number => {
    let count = 0
    while (budget.take(feed, 0) === 0) count += 1
    return count
  }
  assert.deepEqual([grants('book'), grants('state'), grants('trade')], [36, 9, 15])
  assert.equal(budget.take('trade', 1_000), 299_000)
})

test('of a short window one connection is kept for a trade line that comes later', () => {
  const budget = new ConnectBudget({ connectCount: 3, connectWindowMs: 1_200 })
  for (let count = 0; count < 2; count += 1) assert.equal(budget.take('book', 0), 0)
  assert.equal(budget.take('book', 200), 1_000)
  assert.equal(budget.take('trade', 200), 0)
})

test('of the smallest budgets every feed gets something', () => {
  for (const connectCount of [1, 2, 3]) {
    for (const feed of ['trade', 'state', 'book'] as const) {
      assert.equal(new ConnectBudget({ connectCount, connectWindowMs: 60_000 }).take(feed, 0), 0)
    }
  }
})
