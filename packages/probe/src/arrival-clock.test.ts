import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArrivalClock } from './arrival-clock.js'

/** What reading two clocks one after the other costs in exactness. */
const SLACK_US = 20

test('the wall clock is within its own millisecond, before and after following', () => {
  const clock = new ArrivalClock()
  for (let round = 0; round < 100; round += 1) {
    const beforeMs = Date.now()
    const wallUs = clock.wallUs(clock.localUs())
    assert.ok(wallUs >= beforeMs * 1_000 - SLACK_US && wallUs < (Date.now() + 1) * 1_000 + SLACK_US)
    clock.follow()
  }
})

test('the monotonic clock is that of process.hrtime', () => {
  const clock = new ArrivalClock()
  const hrtimeUs = (): number => Number(process.hrtime.bigint()) / 1_000
  for (let round = 0; round < 100; round += 1) {
    const beforeUs = hrtimeUs()
    const monotonicUs = clock.monotonicUs(clock.localUs())
    assert.ok(monotonicUs >= beforeUs - SLACK_US && monotonicUs <= hrtimeUs() + SLACK_US)
  }
})

test('a stamp taken earlier stays earlier on both clocks', () => {
  const clock = new ArrivalClock()
  const first = clock.localUs()
  const second = clock.localUs() + 1
  assert.ok(clock.wallUs(second) > clock.wallUs(first))
  assert.ok(clock.monotonicUs(second) > clock.monotonicUs(first))
})
