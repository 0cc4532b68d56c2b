import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RequestRate } from './request-rate.js'

test('in no second are there more than twice the rate, over time not more than the rate, and what is within it is served', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300 })
  fc.assert(
    fc.property(pauses, pausesMs => {
      const [perS, startMs] = [10, 1_000]
      const rate = new RequestRate(perS, startMs)
      let nowMs = startMs
      const takenMs: number[] = []
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs
        if (rate.take(nowMs)) takenMs.push(nowMs)
        else assert.ok(pauseMs < 1_000 / perS, 'one that comes after its pause is served')
      }
      for (const fromMs of takenMs) {
        const within = takenMs.filter(atMs => atMs >= fromMs && atMs < fromMs + 1_000)
        assert.ok(within.length <= 2 * perS)
      }
      assert.ok(takenMs.length <= perS + ((nowMs - startMs) / 1_000) * perS)
    }),
  )
})
