import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CreditWindow, type Mark } from './credit-window.js'
import { BUDGET_MS, CREDIT_MAX_BYTES, CREDIT_MIN_BYTES, CREDIT_START_BYTES } from './limits.js'
import { type PathOptions, PathSimulation } from './test/path-simulation.js'

const FRAME_BYTES = 6_000

/** A window with its own clock. Pongs come far apart, so that each of them counts. */
function learner() {
  const window = new CreditWindow()
  let nowMs = 0
  const ping = (rttMs: number, rest: Partial<Mark>): void => {
    nowMs += 1_000
    const defaults = { id: 1, conflatable: 0, total: 0, isClean: false, inFlightBytes: 1e9, frameBytes: 1 }
    window.learn({ ...defaults, atMs: nowMs - rttMs, ...rest }, nowMs)
  }
  return {
    window,
    clean: (rttMs: number) => ping(rttMs, { isClean: true }),
    busy: (rttMs: number, rest: Partial<Mark> = {}) => ping(rttMs, rest),
    limited: (rttMs: number, rest: Partial<Mark> = {}) => {
      window.limited(1e9, 1)
      ping(rttMs, rest)
    },
  }
}

test('credit starts at 16 KiB and doubles while a frame waits for it and the queue is short', () => {
  const { window, clean, limited } = learner()
  clean(50)
  assert.equal(window.bytes, CREDIT_START_BYTES)
  for (const doublings of [1, 2, 3, 4]) {
    limited(50 + BUDGET_MS)
    assert.equal(window.bytes, CREDIT_START_BYTES * 2 ** doublings)
  }
  limited(50)
  assert.equal(window.bytes, CREDIT_MAX_BYTES)
})

test('credit does not grow unless a frame waits for it', () => {
  const { window, clean, busy, limited } = learner()
  clean(50)
  for (let count = 0; count < 10; count += 1) busy(50)
  assert.equal(window.bytes, CREDIT_START_BYTES)
  limited(50)
  assert.equal(window.isLimited, false, 'one wait, one step')
  busy(50)
  assert.equal(window.bytes, CREDIT_START_BYTES * 2)
})

test('one late pong does not shrink credit; two shrink it, half the way to what fits', () => {
  const { window, clean, busy } = learner()
  clean(50)
  busy(50)
  busy(110)
  assert.equal(window.bytes, CREDIT_START_BYTES)
  busy(110)
  assert.equal(window.bytes, (CREDIT_START_BYTES * (1 + 55 / 110)) / 2)
})

test('after the first queue credit grows slowly', () => {
  const { window, clean, busy, limited } = learner()
  clean(50)
  busy(50)
  busy(60)
  busy(60)
  const before = window.bytes
  limited(50)
  limited(50)
  assert.ok(window.bytes > before && window.bytes < before * 1.11)
})

test('credit never falls below 2 KiB and never shrinks while the queue is short', () => {
  const { window, clean, limited } = learner()
  clean(1)
  for (let count = 0; count < 200; count += 1) limited(5_000)
  assert.equal(window.bytes, CREDIT_MIN_BYTES)
  for (let count = 0; count < 200; count += 1) {
    const before = window.bytes
    limited(count % 2 === 0 ? 1 : 900)
    assert.ok(window.bytes >= before)
  }
})

test('credit is adjusted at most once per round trip', () => {
  const window = new CreditWindow()
  const ping = { id: 1, conflatable: 0, total: 0, isClean: false, inFlightBytes: 1e9, frameBytes: 1 }
  window.learn({ ...ping, isClean: true, atMs: 0 }, 50)
  for (const atMs of [50, 60, 70, 80]) {
    window.limited(1e9, 1)
    window.learn({ ...ping, atMs }, atMs + 50)
  }
  assert.equal(window.bytes, CREDIT_START_BYTES * 2)
})

test('the empty path is measured by the last four clean pongs, so a longer path is learned', () => {
  const { window, clean, busy } = learner()
  for (const rttMs of [50, 40, 60, 70]) clean(rttMs)
  assert.equal(window.minRttMs, 40)
  clean(80)
  assert.equal(window.minRttMs, 40)
  clean(80)
  assert.equal(window.minRttMs, 60)
  busy(30)
  assert.equal(window.minRttMs, 30, 'a shorter one at once')
})

test('a quick pong for a few bytes proves nothing about a large frame', () => {
  const { window, clean, busy } = learner()
  clean(1)
  for (let count = 0; count < 100; count += 1) busy(5_000)
  assert.equal(window.bytes, CREDIT_MIN_BYTES)
  for (let count = 0; count < 100; count += 1) {
    window.limited(300, FRAME_BYTES)
    busy(2, { inFlightBytes: 300, frameBytes: FRAME_BYTES })
  }
  assert.ok(window.bytes >= FRAME_BYTES && window.bytes <= FRAME_BYTES + 2 * 300, `${window.bytes} B`)
})

test('the transmission time of one frame is not queueing on a long path', () => {
  const { window, clean, limited } = learner()
  clean(50)
  const large = { frameBytes: 3 * FRAME_BYTES, inFlightBytes: 3 * FRAME_BYTES }
  for (let count = 0; count < 3; count += 1) limited(110, large)
  assert.ok(window.bytes > CREDIT_START_BYTES)
  const before = window.bytes
  for (let count = 0; count < 3; count += 1) limited(130, { frameBytes: FRAME_BYTES, inFlightBytes: 4 * FRAME_BYTES })
  assert.ok(window.bytes < before, 'waiting behind other frames is')
  const near = learner()
  near.clean(1)
  for (let count = 0; count < 3; count += 1) near.limited(60, large)
  assert.ok(near.window.bytes < CREDIT_START_BYTES, 'on a short path it is')
})

test('a client on a long path is pinged more often than four times per credit', () => {
  const { window, clean } = learner()
  assert.equal(window.pingBytes, 0, 'unknown: after every frame')
  clean(1)
  assert.equal(window.pingBytes, CREDIT_START_BYTES / 4)
  const long = learner()
  long.clean(95)
  assert.equal(long.window.pingBytes, CREDIT_START_BYTES / 40)
})

for (const roundTripMs of [0, 20, 50]) {
  for (const bytesPerS of [300_000, 1_000_000]) {
    test(`a path of ${bytesPerS / 1_000} kB/s and ${roundTripMs} ms is used to 90 %, with a queue of about a frame`, () => {
      const path = new PathSimulation({
        bytesPerS,
        roundTripMs,
        frameBytes: FRAME_BYTES,
        framesPerS: Number.POSITIVE_INFINITY,
      })
      path.runUntil(3_000)
      const share = path.rateOver(8_000) / bytesPerS
      assert.ok(share >= 0.9, `${(share * 100).toFixed(0)} %`)
      const frameMs = (FRAME_BYTES / bytesPerS) * 1_000
      const waitMs = path.medianWaitMs(3_000)
      assert.ok(waitMs <= Math.max(BUDGET_MS, frameMs), `${waitMs} ms`)
    })
  }
}

for (const roundTripMs of [0, 50]) {
  test(`120 books of 6 kB a second all pass an idle path of 1 MB/s and ${roundTripMs} ms`, () => {
    const path = new PathSimulation({
      bytesPerS: 1e6,
      roundTripMs,
      frameBytes: FRAME_BYTES,
      framesPerS: 120,
      tradesPerS: 100,
    })
    path.runUntil(2_000)
    assert.ok(path.rateOver(5_000) >= 0.99 * 120 * FRAME_BYTES)
  })
}

test('from the start a slow path is not filled: at most 400 ms of it are in flight', () => {
  for (const bytesPerS of [100_000, 300_000, 1_000_000]) {
    const path = new PathSimulation({
      bytesPerS,
      roundTripMs: 50,
      frameBytes: FRAME_BYTES,
      framesPerS: Number.POSITIVE_INFINITY,
    })
    path.runUntil(5_000)
    assert.ok(path.inFlightBytesMax / bytesPerS <= 0.4, `${bytesPerS}: ${path.inFlightBytesMax}`)
  }
})

const anyPath: fc.Arbitrary<PathOptions> = fc.record({
  bytesPerS: fc.double({ min: Math.log(50e3), max: Math.log(10e6), noNaN: true }).map(Math.exp),
  roundTripMs: fc.integer({ min: 0, max: 100 }),
  jitterMs: fc.constantFrom(0, 1, 3, 10, 20),
  seed: fc.nat(),
  frameBytes: fc.integer({ min: 200, max: 12_000 }),
  framesPerS: fc.constantFrom(10, 120, 1_000, Number.POSITIVE_INFINITY),
  tradesPerS: fc.constantFrom(0, 10, 100),
  answersNewestOnly: fc.boolean(),
})

test('on any path what is in flight is bounded, and books never stop', () => {
  fc.assert(
    fc.property(anyPath, options => {
      const path = new PathSimulation(options)
      path.runUntil(6_000)
      const { bytesPerS, roundTripMs, jitterMs = 0, tradesPerS = 0, frameBytes } = options
      assert.ok(path.inFlightBytesMax <= Math.max(CREDIT_MAX_BYTES, frameBytes))
      // The bytes of the start beside the trades, a few round trips, and the timer.
      const startS = (CREDIT_START_BYTES * 2 + 4 * frameBytes) / (bytesPerS - tradesPerS * 300)
      const pauseMsMax = startS * 1_000 + 3 * (roundTripMs + 2 * jitterMs) + 200
      let lastMs = 0
      for (const { atMs } of [...path.sends, { atMs: path.nowMs, waitMs: 0 }]) {
        assert.ok(atMs - lastMs <= pauseMsMax, `no book from ${lastMs} to ${atMs}`)
        lastMs = atMs
      }
    }),
    { numRuns: 60 },
  )
})

test('on any path without jitter at least 70 % of the offer, the path or the largest credit is used', () => {
  fc.assert(
    fc.property(anyPath, random => {
      const options = { ...random, jitterMs: 0, answersNewestOnly: false, tradesPerS: 0 }
      const { bytesPerS, roundTripMs, frameBytes, framesPerS } = options
      const path = new PathSimulation(options)
      path.runUntil(15_000)
      const largest = (CREDIT_MAX_BYTES - frameBytes) / (roundTripMs / 1_000 + frameBytes / bytesPerS)
      const offered = Math.min(bytesPerS, framesPerS * frameBytes, largest)
      const share = path.rateOver(5_000) / offered
      assert.ok(share >= 0.7, `${(share * 100).toFixed(0)} %`)
      const frameMs = (frameBytes / bytesPerS) * 1_000
      const leastMs = (CREDIT_MIN_BYTES / bytesPerS) * 1_000
      assert.ok(path.medianWaitMs(15_000) <= Math.max(BUDGET_MS, frameMs, leastMs) + frameMs + 3)
    }),
    { numRuns: 60 },
  )
})

test('a path that gets longer, slower or faster is learned', () => {
  for (const [before, after] of [
    [
      { bytesPerS: 1e6, roundTripMs: 10 },
      { bytesPerS: 1e6, roundTripMs: 80 },
    ],
    [
      { bytesPerS: 1e6, roundTripMs: 20 },
      { bytesPerS: 3e5, roundTripMs: 20 },
    ],
    [
      { bytesPerS: 3e5, roundTripMs: 20 },
      { bytesPerS: 1e6, roundTripMs: 20 },
    ],
  ] as const) {
    const path = new PathSimulation({ ...before, frameBytes: FRAME_BYTES, framesPerS: 120 })
    path.runUntil(5_000)
    path.change(after)
    path.runUntil(20_000)
    const share = path.rateOver(5_000) / Math.min(after.bytesPerS, 120 * FRAME_BYTES)
    assert.ok(share >= 0.75, `${JSON.stringify(after)}: ${(share * 100).toFixed(0)} %`)
    assert.ok(path.medianWaitMs(20_000) <= 22)
  }
})
