import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../clock.js'
import { SilenceLimit } from './silence-limit.js'

const LIMIT_MS = 100

class ManualClock implements Clock {
  #us = 0
  nowUs(): number {
    return this.#us
  }
  wallMs(us: number): number {
    return Math.floor(us / 1e3)
  }
  passMs(ms: number): void {
    this.#us += ms * 1e3
  }
}

test('a silence longer than the limit exceeds it, and whatever is heard ends the silence', () => {
  const clock = new ManualClock()
  const limit = new SilenceLimit(clock, LIMIT_MS)
  const after = (ms: number): boolean => {
    clock.passMs(ms)
    return limit.isExceeded()
  }
  assert.deepEqual([after(50), after(50), after(1)], [false, false, true])
  limit.heard()
  assert.deepEqual([after(50), after(50), after(1)], [false, false, true])
})

test('the time in which the process was held up is no silence of the client', () => {
  const clock = new ManualClock()
  const limit = new SilenceLimit(clock, LIMIT_MS)
  clock.passMs(10 * LIMIT_MS)
  assert.ok(!limit.isExceeded(), 'what came meanwhile is not read yet')
  for (let count = 0; count < 4; count += 1) {
    clock.passMs(LIMIT_MS / 4)
    assert.ok(!limit.isExceeded())
  }
  clock.passMs(LIMIT_MS / 4)
  assert.ok(limit.isExceeded(), 'nothing came after it either')
})
