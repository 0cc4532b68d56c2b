import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CALM_MS, FAILED_STARTS_MAX, RESTART_MS_MAX, RESTART_MS_MIN, RestartPolicy } from './restart-policy.js'

test('a thread that ends soon after it ran is started again with growing delays, up to a limit', () => {
  const policy = new RestartPolicy()
  const waits = Array.from({ length: 9 }, (_, round) => policy.onExit(round * 10_000, round * 10_000 + CALM_MS - 1))
  assert.deepEqual(waits.map(restartMs), [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
  assert.equal(RESTART_MS_MAX, 5_000)
})

test('after it ran for a while the next restart is quick again', () => {
  const policy = new RestartPolicy()
  for (let round = 0; round < 5; round += 1) policy.onExit(0, 0)
  assert.equal(restartMs(policy.onExit(0, CALM_MS)), RESTART_MS_MIN)
  assert.equal(restartMs(policy.onExit(0, 0)), 2 * RESTART_MS_MIN)
})

test('a thread that is killed every two seconds for an hour is always started again, and soon', () => {
  const policy = new RestartPolicy()
  for (let nowMs = 2_000; nowMs < 3_600_000; nowMs += 2_000) {
    assert.equal(restartMs(policy.onExit(nowMs - 1_800, nowMs)), RESTART_MS_MIN)
  }
})

test('ten starts in a row that never ran are a crash loop', () => {
  const policy = new RestartPolicy()
  for (let start = 1; start < FAILED_STARTS_MAX; start += 1) restartMs(policy.onExit(null, start * 10_000))
  assert.equal(policy.onExit(null, 1_000_000), 'crash-loop')
  assert.equal(FAILED_STARTS_MAX, 10)
})

test('one start that ran, however shortly, ends the row', () => {
  const policy = new RestartPolicy()
  for (let start = 1; start < FAILED_STARTS_MAX; start += 1) policy.onExit(null, 0)
  assert.equal(restartMs(policy.onExit(5, 6)), RESTART_MS_MAX)
  for (let start = 1; start < FAILED_STARTS_MAX; start += 1) restartMs(policy.onExit(null, 0))
  assert.equal(policy.onExit(null, 0), 'crash-loop')
})

function restartMs(verdict: ReturnType<RestartPolicy['onExit']>): number {
  return verdict === 'crash-loop' ? assert.fail('a crash loop') : verdict.delayMs
}
