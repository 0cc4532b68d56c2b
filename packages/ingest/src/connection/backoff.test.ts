import assert from 'node:assert/strict'
import test from 'node:test'
import { BACKOFF_MS_MAX, BACKOFF_MS_MIN } from '../limits.js'
import { Backoff } from './backoff.js'

test('waits double from the minimum to the maximum and stay there', () => {
  const backoff = new Backoff(() => 1)
  const waits = Array.from({ length: 10 }, () => backoff.nextMs())
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  assert.deepEqual([waits[0], waits[9]], [BACKOFF_MS_MIN, BACKOFF_MS_MAX])
})

test('each wait is drawn from the upper half of its ceiling', () => {
  assert.equal(new Backoff(() => 0).nextMs(), BACKOFF_MS_MIN / 2)
  const waits = new Set(Array.from({ length: 50 }, () => new Backoff(Math.random).nextMs()))
  for (const waitMs of waits) assert.ok(waitMs >= BACKOFF_MS_MIN / 2 && waitMs <= BACKOFF_MS_MIN)
  assert.ok(waits.size > 10, 'connections that ended together come back at different times')
})

test('a thousand failures later it still waits the maximum, and a reset returns to the minimum', () => {
  const backoff = new Backoff(() => 1)
  for (let tries = 0; tries < 1_100; tries += 1) backoff.nextMs()
  assert.equal(backoff.nextMs(), BACKOFF_MS_MAX)
  backoff.reset()
  assert.equal(backoff.nextMs(), BACKOFF_MS_MIN)
})

test('a lower maximum holds while it is given', () => {
  const backoff = new Backoff(() => 1)
  for (let tries = 0; tries < 6; tries += 1) assert.ok(backoff.nextMs(2_000) <= 2_000)
  assert.equal(backoff.nextMs(), 16_000)
})
