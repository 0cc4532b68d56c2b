// How credit uses network paths of many rates and delays, in virtual time. The credit figures in `benchmarks` print more of the
// same.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CREDIT_MAX_BYTES, UNACKNOWLEDGED_BYTES_MAX } from './limits.js'
import { BUSY_PATH, bytesAfterStop, NEAR_PATH, resumeMs, sharesOf } from './test/credit-measures.js'
import { PathFixture } from './test/path-fixture.js'
import { PathSimulation } from './test/path-simulation.js'

test('where state and books both wait, each gets half of the path, whatever the size of their frames', () => {
  const { topBytesPerS, bookBytesPerS } = sharesOf(BUSY_PATH)
  assert.ok(Math.abs(topBytesPerS / bookBytesPerS - 1) < 0.05, `${topBytesPerS} and ${bookBytesPerS} B/s`)
  assert.ok(topBytesPerS + bookBytesPerS > 0.85 * BUSY_PATH.bytesPerS)
})

test('a trade on a full path of 300 kB/s waits for at most two frames', () => {
  const { tradeAgeMs, tradeAgeMsP99 } = sharesOf(BUSY_PATH)
  const frameMs = (6_000 / BUSY_PATH.bytesPerS) * 1_000
  assert.ok(tradeAgeMs <= BUSY_PATH.roundTripMs / 2 + frameMs + 2, `${tradeAgeMs} ms`)
  assert.ok(tradeAgeMsP99 <= BUSY_PATH.roundTripMs / 2 + 2 * frameMs + 7, `${tradeAgeMsP99} ms`)
})

test('a trade to a near client on a full path of 300 kB/s waits for one book', () => {
  const { tradeAgeMs, tradeAgeMsP99, topBytesPerS, bookBytesPerS } = sharesOf(NEAR_PATH)
  const frameMs = (6_000 / NEAR_PATH.bytesPerS) * 1_000
  assert.ok(tradeAgeMs <= 0.6 * frameMs, `${tradeAgeMs} ms`)
  assert.ok(tradeAgeMsP99 <= frameMs + 5, `${tradeAgeMsP99} ms`)
  assert.ok(topBytesPerS + bookBytesPerS > 0.85 * NEAR_PATH.bytesPerS)
})

test('a resume of the whole log is as fast as the path allows, also on a long path', () => {
  const path = { bytesPerS: 1e7, roundTripMs: 50 }
  const nearMs = resumeMs(5_000, { ...path, roundTripMs: 1 })
  assert.ok(resumeMs(5_000, path) <= nearMs + path.roundTripMs)
})

test('at most 1 MiB, a batch of trades and a frame are on their way to a client that is slower than what it is offered', () => {
  const flood = { ...BUSY_PATH, bytesPerS: 50_000, tradesPerS: 2_000, retained: 2_000 }
  const fixture = new PathFixture(flood)
  let queuedMax = 0
  for (let ms = 100; ms <= 10_000; ms += 100) queuedMax = Math.max(queuedMax, fixture.runUntil(ms).queuedBytes)
  assert.ok(queuedMax > UNACKNOWLEDGED_BYTES_MAX / 2)
  assert.ok(queuedMax <= UNACKNOWLEDGED_BYTES_MAX + 256 * 310 + 6_000, `${queuedMax} B`)
})

test('a client that stopped reading is sent no more books than its credit', () => {
  const bytes = bytesAfterStop()
  assert.ok(bytes <= CREDIT_MAX_BYTES, `${bytes} B`)
})

for (const roundTripMs of [200, 300]) {
  test(`120 books of 6 kB a second get enough credit on a path of 1 MB/s and ${roundTripMs} ms`, () => {
    const options = { bytesPerS: 1e6, roundTripMs, frameBytes: 6_000, framesPerS: 120, tradesPerS: 100 }
    const path = new PathSimulation(options).runUntil(4_000)
    const share = path.rateOver(15_000) / (120 * 6_000)
    assert.ok(share >= 0.9, `${(share * 100).toFixed(0)} %`)
  })
}

test('books that come twelve at once get enough credit too', () => {
  for (const roundTripMs of [5, 20, 50, 95]) {
    const options = {
      bytesPerS: 1e6,
      roundTripMs,
      frameBytes: 6_000,
      framesPerS: 120,
      framesAtOnce: 12,
      tradesPerS: 100,
    }
    const share = new PathSimulation(options).runUntil(6_000).rateOver(10_000) / (120 * 6_000)
    assert.ok(share >= 0.99, `${roundTripMs} ms: ${(share * 100).toFixed(0)} %`)
  }
})

test('small frames share acknowledgements, large ones have one each', () => {
  for (const [bytesPerS, roundTripMs, frameBytes] of [
    [300_000, 0, 300],
    [1e6, 50, 300],
    [1e7, 20, 300],
    [300_000, 50, 6_000],
  ] as const) {
    const options = { bytesPerS, roundTripMs, frameBytes, framesPerS: Number.POSITIVE_INFINITY }
    const path = new PathSimulation(options).runUntil(4_000)
    const before = [path.pingCount, path.sends.length] as const
    path.runUntil(9_000)
    const [pings, frames] = [path.pingCount - before[0], path.sends.length - before[1]]
    assert.ok(
      pings <= 2_500 && pings <= frames * (frameBytes < 1_000 ? 0.5 : 1) + 5,
      `${pings} pings, ${frames} frames`,
    )
  }
})
