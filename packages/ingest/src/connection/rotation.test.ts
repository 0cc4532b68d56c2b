import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import { ROTATION_SHARE, ROTATION_SPREAD_SHARE } from '../limits.js'
import { Rotation } from './rotation.js'

const DAY_MS = 86_400_000

/** When it was due, in virtual time from 0 to `untilMs`. */
class RotationFixture {
  readonly timers = new VirtualTimers()
  readonly dueMs: number[] = []
  readonly rotation: Rotation

  constructor(lifetimeMs: number | null, random = () => 0) {
    const onDue = () => this.dueMs.push(this.timers.nowMs)
    this.rotation = new Rotation({ timers: this.timers, random }, lifetimeMs, onDue)
  }
}

test('a connection is due once, before the end of its lifetime, and not all of a product together', () => {
  for (const random of [0, 0.5, 1]) {
    const { rotation, timers, dueMs } = new RotationFixture(DAY_MS, () => random)
    rotation.start()
    timers.runUntil(3 * DAY_MS)
    assert.deepEqual(dueMs, [DAY_MS * (ROTATION_SHARE - random * ROTATION_SPREAD_SHARE)])
  }
  assert.ok(ROTATION_SHARE < 1 && ROTATION_SPREAD_SHARE < ROTATION_SHARE)
})

test('a new connection, a pause and a stop replace what was due', () => {
  const { rotation, timers, dueMs } = new RotationFixture(DAY_MS)
  rotation.start()
  timers.runUntil(DAY_MS / 2)
  rotation.start()
  timers.runUntil(DAY_MS)
  rotation.dueIn(1_000)
  timers.runUntil(2 * DAY_MS)
  assert.deepEqual(dueMs, [DAY_MS + 1_000])
  rotation.start()
  rotation.stop()
  timers.runUntil(9 * DAY_MS)
  assert.equal(dueMs.length, 1)
})

test('without a lifetime nothing is due by itself; one of months does not come at once', () => {
  const unlimited = new RotationFixture(null)
  unlimited.rotation.start()
  assert.equal(unlimited.timers.pendingCount, 0)
  unlimited.rotation.dueIn(1_000)
  unlimited.timers.runUntil(1_000)
  assert.deepEqual(unlimited.dueMs, [1_000])
  const long = new RotationFixture(90 * DAY_MS)
  long.rotation.start()
  long.timers.runUntil(2 ** 31 - 2)
  assert.deepEqual(long.dueMs, [])
})
