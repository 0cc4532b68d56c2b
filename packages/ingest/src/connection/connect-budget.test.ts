import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { ConnectBudget } from './connect-budget.js'

test('grants as many connections as the venue allows, then names the wait until the oldest leaves the window', () => {
  const budget = new ConnectBudget({ connectCount: 3, connectWindowMs: 1_000 })
  assert.deepEqual([budget.take(0), budget.take(100), budget.take(200)], [0, 0, 0])
  assert.equal(budget.take(400), 600)
  assert.equal(budget.take(999), 1)
  assert.equal(budget.take(1_000), 0, 'the first grant is a window old')
  assert.equal(budget.take(1_050), 50)
})

test('a refused request costs nothing', () => {
  const budget = new ConnectBudget({ connectCount: 1, connectWindowMs: 1_000 })
  assert.equal(budget.take(0), 0)
  for (let atMs = 1; atMs < 1_000; atMs += 1) assert.ok(budget.take(atMs) > 0)
  assert.equal(budget.take(1_000), 0)
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
        const waitMs = budget.take(nowMs)
        if (waitMs > 0) {
          nowMs += waitMs
          assert.equal(budget.take(nowMs), 0)
        }
        grantedMs.push(nowMs)
        const inWindow = grantedMs.filter(atMs => nowMs - atMs < 1_000).length
        assert.ok(inWindow <= connectCount)
      }
    }),
  )
})
