import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CALM_MS,
  CRASH_LOOP_MS,
  EXITS_MAX,
  FAILED_STARTS_MAX,
  RESTART_MS_MAX,
  RESTART_MS_MIN,
  RESTART_RULES,
  type Restart,
  RestartPolicy,
} from './restart-policy.js'

test('a thread that ends soon after it ran is started again with growing delays, up to a limit', () => {
  const policy = vital()
  const waits = Array.from({ length: 9 }, (_, round) => policy.onExit(round * 13_000, round * 13_000 + CALM_MS - 1))
  assert.deepEqual(waits.map(restartMs), [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
  assert.equal(RESTART_MS_MAX, 5_000)
})

test('after it ran for a while the next restart is quick again', () => {
  const policy = vital()
  for (let round = 0; round < 3; round += 1) policy.onExit(0, 0)
  assert.equal(restartMs(policy.onExit(0, CALM_MS)), RESTART_MS_MIN)
  assert.equal(restartMs(policy.onExit(0, CALM_MS)), RESTART_MS_MIN)
})

test('a thread that is killed every twelve seconds for an hour is always started again, and soon', () => {
  const policy = vital()
  for (let nowMs = 12_000; nowMs < 3_600_000; nowMs += 12_000) {
    assert.equal(restartMs(policy.onExit(nowMs - 11_800, nowMs)), RESTART_MS_MIN)
  }
})

test('six exits of a thread within a minute are a crash loop, although it ran', () => {
  for (const [kind, rule] of Object.entries(RESTART_RULES)) {
    const policy = new RestartPolicy(rule)
    const exits = Array.from({ length: EXITS_MAX + 1 }, (_, exit) => policy.onExit(exit * 2_000, exit * 2_000 + 1_900))
    assert.ok(
      exits.slice(0, EXITS_MAX).every(exit => exit?.isCrashLoop === false),
      kind,
    )
    const last = rule.inCrashLoop === 'end' ? null : { delayMs: CRASH_LOOP_MS, isCrashLoop: true }
    assert.deepEqual(exits.at(-1), last, kind)
    if (last === null) assert.throws(() => policy.onExit(null, 1_000_000), /no thread starts after a crash loop/)
  }
  assert.equal(EXITS_MAX, 5)
})

test('ten starts in a row that never ran are a crash loop, however slow they are', () => {
  const policy = vital()
  for (let start = 1; start < FAILED_STARTS_MAX; start += 1) restartMs(policy.onExit(null, start * 20_000))
  assert.equal(policy.onExit(null, 1_000_000), null)
  assert.equal(FAILED_STARTS_MAX, 10)
})

test('one start that ran, however shortly, ends the row', () => {
  const policy = vital()
  let nowMs = 0
  const fail = (): Restart | null => {
    nowMs += 20_000
    return policy.onExit(null, nowMs)
  }
  for (let start = 1; start < FAILED_STARTS_MAX; start += 1) fail()
  nowMs += 20_000
  assert.equal(restartMs(policy.onExit(nowMs - 1, nowMs)), RESTART_MS_MAX)
  for (let start = 1; start < FAILED_STARTS_MAX; start += 1) restartMs(fail())
  assert.equal(fail(), null)
})

test('without ingest or a gateway the process ends, without books or admin pages it goes on', () => {
  const ofKinds = Object.entries(RESTART_RULES).map(([kind, { inCrashLoop }]) => [kind, inCrashLoop])
  assert.deepEqual(ofKinds, [
    ['ingest', 'end'],
    ['gateway', 'end'],
    ['l2', 'retry'],
    ['admin', 'retry'],
  ])
})

test('a thread that the process can do without is tried once a minute, until it has run for a minute', () => {
  const policy = new RestartPolicy(RESTART_RULES.l2)
  for (let exit = 1; exit <= EXITS_MAX; exit += 1) restartMs(policy.onExit(null, 0))
  let nowMs = -CRASH_LOOP_MS + 1
  for (let minute = 0; minute < 100; minute += 1) {
    nowMs += CRASH_LOOP_MS
    assert.deepEqual(policy.onExit(null, nowMs), { delayMs: CRASH_LOOP_MS, isCrashLoop: true })
  }
  assert.equal(policy.onExit(nowMs, nowMs + CRASH_LOOP_MS - 1)?.isCrashLoop, true, 'it ran, and not for a minute')
  nowMs += 2 * CRASH_LOOP_MS
  assert.deepEqual(policy.onExit(nowMs - CRASH_LOOP_MS, nowMs), { delayMs: RESTART_MS_MIN, isCrashLoop: false })
})

test('where too many exits within a minute are a crash loop, it begins with the one too many', () => {
  const policy = new RestartPolicy(RESTART_RULES.admin)
  // One exit every 12 s: never more than five within a minute.
  for (let nowMs = 0; nowMs < 600_000; nowMs += 12_000) {
    assert.equal(policy.onExit(nowMs, nowMs)?.isCrashLoop, false, `${nowMs} ms`)
  }
  const again = new RestartPolicy(RESTART_RULES.admin)
  const exits = Array.from({ length: 7 }, (_, exit) => again.onExit(exit * 9_000, exit * 9_000 + 3_000))
  assert.deepEqual(
    exits.map(exit => exit?.isCrashLoop),
    [false, false, false, false, false, true, true],
  )
})

/** Of a thread that the process cannot do without. */
function vital(): RestartPolicy {
  return new RestartPolicy(RESTART_RULES.ingest)
}

function restartMs(restart: Restart | null): number {
  return restart === null || restart.isCrashLoop ? assert.fail('a crash loop') : restart.delayMs
}
