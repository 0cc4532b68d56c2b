import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BEHIND_MS_MAX, CAUGHT_UP_MS, HALF_FULL_RATIO } from './limits.js'
import { ShardLag } from './shard-lag.js'

test('records that waited too long mean behind; drained for a while means caught up', () => {
  const backlog = new ShardLag()
  assert.equal(backlog.look(0, BEHIND_MS_MAX, 0.1), false)
  assert.equal(backlog.look(1, BEHIND_MS_MAX + 1, 0.1), true)
  assert.ok(backlog.isBehind)
  assert.equal(backlog.look(2, 0, 0), false)
  assert.equal(backlog.look(CAUGHT_UP_MS + 1, 0, 0), false, 'not yet')
  assert.equal(backlog.look(CAUGHT_UP_MS + 2, 0, 0), true)
  assert.ok(!backlog.isBehind)
})

test('a ring as full as a paused one for long means behind, however fresh its records are', () => {
  const backlog = new ShardLag()
  backlog.look(0, 300, HALF_FULL_RATIO)
  assert.equal(backlog.look(BEHIND_MS_MAX, 300, 0.3), false)
  assert.equal(backlog.look(BEHIND_MS_MAX + 1, 300, 0.3), true, 'between a quarter and half it counts on')
})

test('a burst that fills the ring and is drained in time is no backlog', () => {
  const backlog = new ShardLag()
  for (let round = 0; round < 20; round += 1) {
    const startMs = round * BEHIND_MS_MAX
    assert.equal(backlog.look(startMs, 100, 0.9), false)
    assert.equal(backlog.look(startMs + BEHIND_MS_MAX - 1, 100, 0.9), false)
    assert.equal(backlog.look(startMs + BEHIND_MS_MAX - 0.5, 100, 0.2), false)
  }
})

test('what comes in when paused sockets go on starts the wait for calm anew', () => {
  const backlog = new ShardLag()
  backlog.look(0, BEHIND_MS_MAX + 1, 0.7)
  backlog.look(10, 0, 0)
  backlog.look(10 + CAUGHT_UP_MS / 2, 30, 0.6)
  backlog.look(20 + CAUGHT_UP_MS / 2, 30, 0.1)
  assert.equal(backlog.look(15 + CAUGHT_UP_MS, 0, 0), false)
  assert.equal(backlog.look(20 + CAUGHT_UP_MS * 1.5, 0, 0), true)
})
