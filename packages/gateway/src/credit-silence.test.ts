// `credit.ts` with clients that answer late, seldom or never.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CREDIT_MAX_BYTES,
  NO_PONG_MS,
  PACED_BURST_BYTES,
  PACED_BYTES_PER_S,
  PINGS_MAX,
  TICK_MS,
  UNACKNOWLEDGED_BYTES_MAX,
} from './limits.js'
import { CreditBench, opened } from './test/credit-fixture.js'
import { LinkSimulation } from './test/link-simulation.js'

test('a client that never answers is paced at 64 kB/s', () => {
  const bed = new CreditBench()
  bed.credit.open()
  while (bed.send(1_000));
  bed.after(NO_PONG_MS - 100)
  assert.equal(bed.send(1_000), false)
  let bytes = 0
  const SECONDS = 20
  for (let tick = 0; tick < (SECONDS * 1_000) / TICK_MS; tick += 1) {
    bed.after(TICK_MS).tick()
    while (bed.send(1_000)) bytes += 1_000
  }
  assert.ok(bed.credit.isSilent(bed.nowMs))
  assert.ok(Math.abs(bytes / SECONDS - PACED_BYTES_PER_S) < 0.05 * PACED_BYTES_PER_S, `${bytes / SECONDS} B/s`)
  bed.after(60_000)
  let burst = 0
  while (bed.send(100)) burst += 100
  assert.ok(burst <= PACED_BURST_BYTES + 100, 'a pause earns no burst')
})

test('a silent client that answers again has its credit again', () => {
  const bed = new CreditBench()
  bed.credit.open()
  while (bed.send(1_000));
  bed.after(NO_PONG_MS + 1).tick()
  assert.ok(bed.credit.isSilent(bed.nowMs))
  assert.equal(bed.credit.hasAnswered, false)
  assert.ok(bed.pong())
  assert.equal(bed.credit.isSilent(bed.nowMs), false)
  assert.ok(bed.credit.hasAnswered)
  assert.equal(bed.credit.inFlightBytes, 0)
  assert.ok(bed.pong(), 'a clean one, after so long')
  assert.ok(bed.send(10_000))
  assert.equal(bed.send(30_000), false, 'credit, no longer pace')
})

test('1 MiB without acknowledgement, trades included, is the bound', () => {
  const bed = opened()
  bed.send(10_000)
  bed.credit.sentLossless(UNACKNOWLEDGED_BYTES_MAX - 10_001)
  assert.equal(bed.credit.isOverrun, false)
  bed.credit.sentLossless(1)
  assert.ok(bed.credit.isOverrun)
  bed.credit.pingIfDue(bed.nowMs)
  bed.after(10).pong()
  assert.equal(bed.credit.unacknowledgedBytes, 0)
})

test('pings to a client that answers none are bounded, in number and in pace', () => {
  const bed = new CreditBench()
  bed.credit.open()
  for (let tick = 0; tick < 40_000; tick += 1) {
    bed.after(TICK_MS).tick()
    bed.send(1_000)
    bed.credit.sentLossless(1_000)
    bed.credit.pingIfDue(bed.nowMs)
  }
  const seconds = bed.nowMs / 1_000
  assert.ok(bed.pings.length < seconds * 3, `${bed.pings.length} pings in ${seconds} s`)
  assert.equal(bed.pong(PINGS_MAX), false, 'the oldest are forgotten')
  assert.ok(bed.pong(PINGS_MAX - 1))
})

test('the number of pings is told once', () => {
  const bed = opened()
  assert.equal(bed.credit.takePingCount(), 1)
  assert.equal(bed.credit.takePingCount(), 0)
})

test('a client that answers only the newest of its pings gets all of a fast line', () => {
  const link = new LinkSimulation({
    bytesPerS: 1e7,
    roundTripMs: 5,
    frameBytes: 6_000,
    framesPerS: 120,
    answersNewestOnly: true,
  })
  link.runUntil(2_000)
  assert.ok(link.rateOver(4_000) >= 0.95 * 120 * 6_000)
})

test('a client whose pongs stop in mid-stream gets no book beyond its credit until it answers again', () => {
  const link = new LinkSimulation({
    bytesPerS: 1e6,
    roundTripMs: 5,
    frameBytes: 6_000,
    framesPerS: 120,
    silentFromMs: 3_000,
  })
  link.runUntil(3_000)
  const before = link.deliveredBytes
  link.runUntil(33_000)
  assert.ok(link.deliveredBytes - before <= CREDIT_MAX_BYTES, `${link.deliveredBytes - before} B`)
})
