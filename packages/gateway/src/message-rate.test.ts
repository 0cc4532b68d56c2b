import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MESSAGE_WINDOW_MS } from './limits.js'
import { MessageRate } from './message-rate.js'

test('so many at once pass, and not one more', () => {
  const rate = new MessageRate(20)
  for (let count = 0; count < 20; count += 1) assert.ok(rate.take(5))
  assert.equal(rate.take(5), false)
})

test('20 a second pass for ever, also when some come early; 22 a second do not', () => {
  const [steady, quick] = [new MessageRate(20), new MessageRate(20)]
  for (let count = 0; count < 2_000; count += 1) assert.ok(steady.take(count * 50 + (count % 2) * 40), `${count}`)
  let passed = 0
  while (quick.take((passed * 1_000) / 22)) passed += 1
  assert.equal(passed, 20)
})

test('a window that is over counts no more', () => {
  const rate = new MessageRate(2)
  assert.deepEqual([rate.take(0), rate.take(500), rate.take(MESSAGE_WINDOW_MS - 1)], [true, true, false])
  assert.deepEqual([rate.take(MESSAGE_WINDOW_MS), rate.take(MESSAGE_WINDOW_MS)], [true, false])
})
