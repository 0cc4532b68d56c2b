import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { OperationBudget } from './operation-budget.js'

test('a burst is sent at once, then no more than lasts an hour', () => {
  const budget = new OperationBudget(480)
  assert.equal(budget.left(0), 16)
  for (let pair = 0; pair < 8; pair += 1) assert.equal(budget.take(2, 0), 0)
  assert.equal(budget.left(0), 0)
  assert.equal(budget.take(2, 0), 20_000)
  assert.equal(budget.take(2, 19_999) > 0, true)
  assert.equal(budget.take(2, 20_000), 0)
})

test('without a stated limit nothing waits', () => {
  const budget = new OperationBudget(null)
  assert.equal(budget.left(0), Number.POSITIVE_INFINITY)
  for (let count = 0; count < 1_000; count += 1) assert.equal(budget.take(2, 0), 0)
})

test('no hour of any schedule has more operations than allowed, 100 first subscriptions included', () => {
  const schedule = fc.array(fc.integer({ min: 0, max: 600_000 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(schedule, pausesMs => {
      const budget = new OperationBudget(480)
      const takenMs: number[] = []
      let nowMs = 0
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs
        for (let waitMs = budget.take(2, nowMs); waitMs > 0; waitMs = budget.take(2, nowMs)) nowMs += waitMs
        takenMs.push(nowMs, nowMs)
        assert.ok(takenMs.filter(atMs => nowMs - atMs < 3_600_000).length + 100 <= 480)
      }
    }),
  )
})
