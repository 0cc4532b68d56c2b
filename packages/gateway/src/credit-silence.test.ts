// `credit.ts` with clients that answer late, rarely or never.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CREDIT_MAX_BYTES,
  MARKS_MAX,
  NO_PONG_MS,
  PACED_BURST_BYTES,
  PACED_BYTES_PER_S,
  TICK_MS,
  UNACKNOWLEDGED_BYTES_MAX,
} from './limits.js'
import { CreditFixture, openCredit } from './test/credit-fixture.js'
import { PathSimulation } from './test/path-simulation.js'

test('a client that never answers is paced at 64 kB/s', () => {
  const fixture = new CreditFixture()
  fixture.credit.open()
  while (fixture.send(1_000));
  fixture.after(NO_PONG_MS - 100)
  assert.equal(fixture.send(1_000), false)
  let bytes = 0
  const SECONDS = 20
  for (let tick = 0; tick < (SECONDS * 1_000) / TICK_MS; tick += 1) {
    fixture.after(TICK_MS).tick()
    while (fixture.send(1_000)) bytes += 1_000
  }
  assert.ok(fixture.credit.isSilent(fixture.nowMs))
  assert.ok(Math.abs(bytes / SECONDS - PACED_BYTES_PER_S) < 0.05 * PACED_BYTES_PER_S, `${bytes / SECONDS} B/s`)
  fixture.after(60_000)
  let burst = 0
  while (fixture.send(100)) burst += 100
  assert.ok(burst <= PACED_BURST_BYTES + 100, 'a pause allows no larger burst')
})

test('a silent client that starts to answer gets credit', () => {
  const fixture = new CreditFixture()
  fixture.credit.open()
  while (fixture.send(1_000));
  fixture.after(NO_PONG_MS + 1).tick()
  assert.ok(fixture.credit.isSilent(fixture.nowMs))
  assert.equal(fixture.credit.hasAnswered, false)
  assert.ok(fixture.pong())
  assert.equal(fixture.credit.isSilent(fixture.nowMs), false)
  assert.ok(fixture.credit.hasAnswered)
  assert.equal(fixture.credit.inFlightBytes, 0)
  assert.ok(fixture.pong(), 'clean, so it answers a probe')
  assert.ok(fixture.send(10_000))
  assert.equal(fixture.send(30_000), false, 'limited by credit, no longer paced')
})

test('1 MiB unacknowledged, trades included, is the limit', () => {
  const fixture = openCredit()
  fixture.send(10_000)
  fixture.credit.sentLossless(UNACKNOWLEDGED_BYTES_MAX - 10_001)
  assert.equal(fixture.credit.isOverrun, false)
  fixture.credit.sentLossless(1)
  assert.ok(fixture.credit.isOverrun)
  fixture.credit.markIfNeeded(fixture.nowMs)
  fixture.after(10).pong()
  assert.equal(fixture.credit.unacknowledgedBytes, 0)
})

test('pings to a client that answers none are bounded in number and rate', () => {
  const fixture = new CreditFixture()
  fixture.credit.open()
  for (let tick = 0; tick < 40_000; tick += 1) {
    fixture.after(TICK_MS).tick()
    fixture.send(1_000)
    fixture.credit.sentLossless(1_000)
    fixture.credit.markIfNeeded(fixture.nowMs)
  }
  const seconds = fixture.nowMs / 1_000
  assert.ok(fixture.pings.length < seconds * 3, `${fixture.pings.length} pings in ${seconds} s`)
  assert.equal(fixture.pong(MARKS_MAX), false, 'the oldest are forgotten')
  assert.ok(fixture.pong(MARKS_MAX - 1))
})

test('a client that answers only the newest of its pings gets all of a fast path', () => {
  const path = new PathSimulation({
    bytesPerS: 1e7,
    roundTripMs: 5,
    frameBytes: 6_000,
    framesPerS: 120,
    answersNewestOnly: true,
  })
  path.runUntil(2_000)
  assert.ok(path.rateOver(4_000) >= 0.95 * 120 * 6_000)
})

test('a client whose pongs stop is sent no book beyond its credit until it answers again', () => {
  const path = new PathSimulation({
    bytesPerS: 1e6,
    roundTripMs: 5,
    frameBytes: 6_000,
    framesPerS: 120,
    silentFromMs: 3_000,
  })
  path.runUntil(3_000)
  const before = path.deliveredBytes
  path.runUntil(33_000)
  assert.ok(path.deliveredBytes - before <= CREDIT_MAX_BYTES, `${path.deliveredBytes - before} B`)
})
