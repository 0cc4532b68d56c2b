import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BEHIND_MS_MAX, CAUGHT_UP_MS, CLOCK_SKEW_MS_MAX, HALF_FULL_RATIO } from './limits.js'
import { ShardLag } from './shard-lag.js'

test('records that waited too long mean behind; drained for a while means caught up', () => {
  const lag = new ShardLag()
  assert.equal(lag.update(0, BEHIND_MS_MAX, 0.1), false)
  assert.equal(lag.update(1, BEHIND_MS_MAX + 1, 0.1), true)
  assert.ok(lag.isBehind)
  assert.equal(lag.update(2, 0, 0), false)
  assert.equal(lag.update(CAUGHT_UP_MS + 1, 0, 0), false, 'not yet')
  assert.equal(lag.update(CAUGHT_UP_MS + 2, 0, 0), true)
  assert.ok(!lag.isBehind)
})

test('a ring that stays as full as a paused one means behind, however new its records are', () => {
  const lag = new ShardLag()
  lag.update(0, 300, HALF_FULL_RATIO)
  assert.equal(lag.update(BEHIND_MS_MAX, 300, 0.3), false)
  assert.equal(lag.update(BEHIND_MS_MAX + 1, 300, 0.3), true, 'between a quarter and half the time still counts')
})

test('a burst that fills the ring and is drained in time does not put the shard behind', () => {
  const lag = new ShardLag()
  for (let round = 0; round < 20; round += 1) {
    const startMs = round * BEHIND_MS_MAX
    assert.equal(lag.update(startMs, 100, 0.9), false)
    assert.equal(lag.update(startMs + BEHIND_MS_MAX - 1, 100, 0.9), false)
    assert.equal(lag.update(startMs + BEHIND_MS_MAX - 0.5, 100, 0.2), false)
  }
})

test('frames that come in when paused sockets resume restart the wait', () => {
  const lag = new ShardLag()
  lag.update(0, BEHIND_MS_MAX + 1, 0.7)
  lag.update(10, 0, 0)
  lag.update(10 + CAUGHT_UP_MS / 2, 30, 0.6)
  lag.update(20 + CAUGHT_UP_MS / 2, 30, 0.1)
  assert.equal(lag.update(15 + CAUGHT_UP_MS, 0, 0), false)
  assert.equal(lag.update(20 + CAUGHT_UP_MS * 1.5, 0, 0), true)
})

test('a record that is read before it was received is caught, and so is a ring beyond its size', () => {
  const lag = new ShardLag()
  assert.equal(lag.update(0, -CLOCK_SKEW_MS_MAX, 0), false)
  assert.throws(() => lag.update(1, -CLOCK_SKEW_MS_MAX - 0.1, 0), /a record is received before it is read/)
  assert.throws(() => lag.update(1, 0, 1.1), /a ring is between empty and full/)
})
