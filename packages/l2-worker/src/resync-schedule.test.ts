import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  RESYNC_CALM_MS,
  RESYNC_RETRY_MS,
  RESYNC_RETRY_MS_MAX,
  RESYNC_SPACING_MS,
  RESYNC_SPACING_MS_MAX,
} from './limits.js'
import { ResyncSchedule } from './resync-schedule.js'

test('the first request goes out at once, and only once', () => {
  const schedule = new ResyncSchedule()
  assert.ok(!schedule.take(0))
  schedule.want(0)
  assert.ok(schedule.take(0))
  schedule.want(1)
  assert.ok(!schedule.take(RESYNC_RETRY_MS - 1))
})

test('without an answer it is repeated at growing intervals', () => {
  const schedule = new ResyncSchedule()
  schedule.want(0)
  const askedMs: number[] = []
  for (let nowMs = 0; nowMs < 400_000; nowMs += 1_000) if (schedule.take(nowMs)) askedMs.push(nowMs)
  assert.deepEqual(askedMs.slice(0, 3), [0, RESYNC_RETRY_MS, 3 * RESYNC_RETRY_MS])
  assert.equal(askedMs.at(-1)! - askedMs.at(-2)!, RESYNC_RETRY_MS_MAX)
})

test('an answer ends it', () => {
  const schedule = new ResyncSchedule()
  schedule.want(0)
  schedule.take(0)
  schedule.satisfied(50)
  assert.ok(!schedule.take(1_000_000))
})

test('after answers of no use the pauses grow up to a limit, until the book was exact for long', () => {
  const schedule = new ResyncSchedule()
  const pausesMs: number[] = []
  let askedMs = 0
  let nowMs = 0
  for (let round = 0; round < 7; round += 1) {
    schedule.want(nowMs)
    while (!schedule.take(nowMs)) nowMs += 1
    pausesMs.push(nowMs - askedMs)
    askedMs = nowMs
    nowMs += 1
    schedule.satisfied(nowMs)
  }
  const growing = [1, 2, 4, 8].map(factor => factor * RESYNC_SPACING_MS)
  assert.deepEqual(pausesMs, [0, ...growing, RESYNC_SPACING_MS_MAX, RESYNC_SPACING_MS_MAX])
  nowMs += RESYNC_CALM_MS
  schedule.want(nowMs)
  assert.ok(schedule.take(nowMs))
})

test('an expected snapshot that does not come is asked for; wanting it meanwhile asks at once', () => {
  const schedule = new ResyncSchedule()
  schedule.expect(0)
  assert.ok(!schedule.take(RESYNC_RETRY_MS - 1))
  assert.ok(schedule.take(RESYNC_RETRY_MS))
  schedule.reset(RESYNC_RETRY_MS)
  schedule.expect(0)
  schedule.want(5)
  assert.ok(schedule.take(5))
})

test('a new connection needs no pause', () => {
  const schedule = new ResyncSchedule()
  for (let nowMs = 0; nowMs < 100_000; nowMs += 1_000) {
    schedule.want(nowMs)
    schedule.take(nowMs)
  }
  schedule.reset(100_000)
  schedule.want(100_000)
  assert.ok(schedule.take(100_000))
})

test('an answer is current only if it was asked for after the last event that outdates it', () => {
  const schedule = new ResyncSchedule()
  assert.ok(!schedule.arrived(), 'there was no request')
  schedule.want(0)
  schedule.take(0)
  assert.ok(schedule.arrived())
  schedule.satisfied(1)
  schedule.want(10_000_000)
  schedule.take(10_000_000)
  schedule.outdate()
  schedule.take(10_000_000 + RESYNC_RETRY_MS)
  assert.ok(!schedule.arrived(), 'the answer to the first')
  assert.ok(schedule.arrived())
})

test('time that goes back is caught', () => {
  const schedule = new ResyncSchedule()
  schedule.want(100)
  assert.ok(schedule.take(100))
  assert.throws(() => schedule.want(99), /time never goes back/)
  assert.throws(() => schedule.satisfied(99), /an answer comes after its request/)
})

const OF_SUBSCRIPTIONS = { snapshotsPerRound: 1, failsUnanswered: true }

test('a subscription that brings no snapshot is followed by another connection, then by a pause', () => {
  const schedule = new ResyncSchedule(OF_SUBSCRIPTIONS)
  schedule.want(0)
  const taken: [number, string][] = []
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 1_000) {
    const remedy = schedule.take(nowMs)
    if (remedy !== undefined) taken.push([nowMs / 1_000, remedy])
  }
  assert.deepEqual(taken.slice(0, 4), [
    [0, 'snapshot'],
    [10, 'connection'],
    [90, 'snapshot'],
    [130, 'connection'],
  ])
  assert.ok(taken.length <= 14, `${taken.length} remedies in an hour`)
})

test('a book that breaks right after each snapshot is given up for a while, and reported once per pause', () => {
  const schedule = new ResyncSchedule(OF_SUBSCRIPTIONS)
  const taken: string[] = []
  const pauses: number[] = []
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 100) {
    schedule.broken(nowMs)
    schedule.want(nowMs)
    const remedy = schedule.take(nowMs)
    if (remedy !== undefined) taken.push(remedy)
    if (remedy !== undefined) schedule.satisfied(nowMs)
    const pauseMs = schedule.takeNewPause()
    if (pauseMs > 0) pauses.push(pauseMs / 60_000)
  }
  assert.deepEqual(taken.slice(0, 4), ['snapshot', 'connection', 'snapshot', 'connection'])
  assert.ok(taken.length <= 16, `${taken.length} remedies in an hour`)
  assert.deepEqual(pauses.slice(0, 5), [1, 2, 4, 8, 15])
})

test('a remedy has helped when the book stayed exact for a while: the next fault begins with a snapshot', () => {
  const schedule = new ResyncSchedule(OF_SUBSCRIPTIONS)
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 2 * RESYNC_CALM_MS) {
    schedule.broken(nowMs)
    schedule.want(nowMs)
    assert.equal(schedule.take(nowMs), 'snapshot')
    schedule.satisfied(nowMs + 1)
  }
})

test('where ingest goes on trying, a request without an answer is repeated and nothing else is tried', () => {
  const schedule = new ResyncSchedule({ snapshotsPerRound: 3, failsUnanswered: false })
  schedule.want(0)
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 1_000) assert.notEqual(schedule.take(nowMs), 'connection')
})

test('answers that stay too old are requested ever more rarely', () => {
  const schedule = new ResyncSchedule()
  let count = 0
  schedule.want(0)
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 1_000) {
    if (schedule.take(nowMs) === undefined) continue
    count += 1
    schedule.snapshotTooOld(nowMs)
  }
  assert.ok(count < 90, `${count} requests in an hour`)
})
