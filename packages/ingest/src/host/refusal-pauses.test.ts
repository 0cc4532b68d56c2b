import assert from 'node:assert/strict'
import test from 'node:test'
import type { RefusalClass } from '@tradelane/venues/refusal-class'
import { REFUSAL_CALM_MS, TRY_ALONE_MS_MAX } from '../limits.js'
import { RecordedLog } from '../test/recorded-log.js'
import { classOfStatus, PAUSES, type Refusal, retryAfterMsOf } from './refusal.js'
import { RefusalPauses } from './refusal-pauses.js'

function newPauses(log = new RecordedLog(), random = () => 0): RefusalPauses {
  return new RefusalPauses({ name: 'venue', isAloneAtFirst: true, random, limitedLog: log.limitedLog })
}

function refusal(refusalClass: RefusalClass, retryAfterMs: number | null = null): Refusal {
  return { refusalClass, retryAfterMs, leastMs: 0, detail: 'no' }
}

/** When a route that is always refused is tried, up to that time. */
function tries(pauses: RefusalPauses, refusalClass: RefusalClass, untilMs: number, routes = ['a']): number[] {
  const atMs: number[] = []
  for (let nowMs = 0; nowMs < untilMs; nowMs += 500) {
    for (const route of routes) {
      if (pauses.waitMs(route, nowMs) > 0) continue
      pauses.began(route, nowMs)
      pauses.refused(route, refusal(refusalClass), nowMs)
      atMs.push(nowMs)
    }
  }
  return atMs
}

for (const refusalClass of Object.keys(PAUSES) as (keyof typeof PAUSES)[]) {
  test(`${refusalClass}: two products are refused six times in the first minute, then less, after ten minutes once in any`, () => {
    for (const random of [() => 0, () => 0.999]) {
      const atMs = tries(newPauses(new RecordedLog(), random), refusalClass, 3_600_000, ['spot', 'swap'])
      assert.ok(atMs.filter(ms => ms < 60_000).length <= 6, `${atMs}`)
      const late = atMs.filter(ms => ms >= 600_000)
      for (const [index, ms] of late.entries())
        assert.ok(index === 0 || ms - (late[index - 1] ?? 0) >= 59_500, `${late}`)
    }
  })

  test(`${refusalClass}: one line says what is refused and how long the pause is`, () => {
    const log = new RecordedLog()
    tries(newPauses(log), refusalClass, 9_000)
    assert.equal(log.lines.length, 1)
    assert.ok(log.has(new RegExp(`the venue refuses, waiting.*venue ${refusalClass}.*pauseMs`)))
  })
}

test('retry-after wins over the pause of the class, in both directions', () => {
  for (const ms of [3_000, 900_000]) {
    const pauses = newPauses()
    pauses.refused('a', refusal('banned', ms), 0)
    assert.equal(pauses.waitMs('a', 0), ms)
    assert.equal(pauses.waitMs('a', ms), 0)
  }
})

test('a ban is waited out by all routes of the host, a fault of the venue by its own', () => {
  const pauses = newPauses()
  for (const route of ['spot', 'swap']) pauses.accepted(route, 0)
  pauses.refused('spot', refusal('fault'), 0)
  assert.equal(pauses.waitMs('swap', 0), 0)
  pauses.refused('spot', refusal('banned'), 0)
  assert.equal(pauses.waitMs('swap', 0), PAUSES.banned.firstMs)
})

test('when one route of those that failed works again, the others are tried too; one that never failed tells nothing', () => {
  const pauses = newPauses()
  pauses.accepted('list', 0)
  for (const route of ['depth', 'poll']) pauses.refused(route, refusal('fault'), 0)
  pauses.accepted('list', 1_000)
  assert.ok(pauses.waitMs('poll', 1_000) > 0)
  pauses.accepted('depth', 4_000)
  assert.equal(pauses.waitMs('poll', 4_000), 0)
})

test('what does not exist pauses nothing', () => {
  const log = new RecordedLog()
  const pauses = newPauses(log)
  pauses.refused('a', refusal('does-not-exist'), 0)
  assert.equal(pauses.waitMs('a', 0), 0)
  assert.equal(log.lines.length, 0)
})

test('after a pause one try finds out, and the others follow when it was answered well', () => {
  const pauses = newPauses()
  pauses.refused('a', refusal('too-often', 5_000), 0)
  pauses.began('a', 5_000)
  assert.equal(pauses.waitMs('a', 5_000), TRY_ALONE_MS_MAX)
  assert.equal(pauses.waitMs('a', 5_000 + TRY_ALONE_MS_MAX), 0, 'one that is never answered holds up no other for long')
  pauses.accepted('a', 5_100)
  assert.equal(pauses.waitMs('a', 5_100), 0)
  pauses.began('a', 5_100)
  assert.equal(pauses.waitMs('a', 5_100), 0)
})

test('the growth ends with an answer some time after the last refusal, not with one between two', () => {
  const pauses = newPauses()
  pauses.refused('a', refusal('fault'), 0)
  pauses.accepted('a', 5_000)
  pauses.refused('a', refusal('fault'), 6_000)
  assert.equal(pauses.waitMs('a', 6_000), 2 * PAUSES.fault.firstMs)
  pauses.accepted('a', 6_001 + REFUSAL_CALM_MS)
  pauses.refused('a', refusal('fault'), 40_000)
  assert.equal(pauses.waitMs('a', 40_000), PAUSES.fault.firstMs)
})

test('the class of a status; retry-after is seconds, or a date by the clock of the venue', () => {
  const classes = [302, 400, 403, 404, 418, 429, 451, 500, 503].map(classOfStatus)
  const other = 'not-accepted'
  assert.deepEqual(classes, [other, other, 'forbidden', other, 'banned', 'too-often', 'unlawful', 'fault', 'fault'])
  const of = (entries: Record<string, string>) => retryAfterMsOf({ get: name => entries[name] ?? null })
  assert.equal(of({ 'retry-after': '17' }), 17_000)
  const dates = { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT', date: 'Wed, 21 Oct 2026 07:27:00 GMT' }
  assert.equal(of(dates), 60_000)
  for (const entries of [{}, { 'retry-after': '' }, { 'retry-after': 'soon' }, { 'retry-after': '-3' }]) {
    assert.equal(of(entries), null)
  }
})
