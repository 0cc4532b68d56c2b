// How the credit of clients that acknowledge by message uses network paths, in virtual time; and what an intermediary that
// answers pings itself does to a client that does not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CREDIT_MAX_BYTES } from './limits.js'
import { BUSY_PATH, bytesAfterStop, NEAR_PATH, resumeMs, sharesOf } from './test/credit-measures.js'
import { type PathOptions, PathSimulation } from './test/path-simulation.js'

const EACH = { frames: 1, ms: Number.POSITIVE_INFINITY }
const AFTER_10_MS = { frames: Number.POSITIVE_INFINITY, ms: 10 }
const BOOK_BYTES = 6_000
const WARM_MS = 12_000
const MEASURE_MS = 10_000

for (const roundTripMs of [1, 50, 300]) {
  for (const bytesPerS of [100_000, 300_000, 1_000_000]) {
    const path = { bytesPerS, roundTripMs, frameBytes: BOOK_BYTES, framesPerS: 120, tradesPerS: 100 }
    for (const [name, acks] of [
      ['each frame', EACH],
      ['10 ms after reading', AFTER_10_MS],
    ] as const) {
      test(`${bytesPerS / 1_000} kB/s, ${roundTripMs} ms, acknowledged ${name}: trades and books as with pongs`, t => {
        const [byPong, byMessage] = [measure(path), measure({ ...path, acks })]
        t.diagnostic(`by pong ${textOf(byPong)}; by message ${textOf(byMessage)}`)
        assert.ok(byMessage.booksPerS >= 0.85 * byPong.booksPerS)
        // Late acknowledgements: a frame more in flight, and the 10 ms in which nothing is acknowledged.
        const frameMs = (BOOK_BYTES / bytesPerS) * 1_000
        const allowedMs = acks === EACH ? 2 + frameMs / 4 : frameMs + 10
        assert.ok(byMessage.tradeMs <= byPong.tradeMs + allowedMs)
      })
    }
  }
}

test('books that wait for room on a long path get it in time', () => {
  const options = {
    bytesPerS: 1e6,
    roundTripMs: 200,
    frameBytes: BOOK_BYTES,
    framesPerS: 120,
    tradesPerS: 100,
    acks: EACH,
  }
  const share = new PathSimulation(options).runUntil(WARM_MS).rateOver(MEASURE_MS) / (120 * BOOK_BYTES)
  assert.ok(share >= 0.95, `${(share * 100).toFixed(0)} %`)
})

test('through the whole gateway, state and books share a full path, and a trade waits for a frame or two', () => {
  for (const path of [BUSY_PATH, NEAR_PATH]) {
    const byMessage = sharesOf({ ...path, query: 'ack=1' })
    const { tradeAgeMs, tradeAgeMsP99, topBytesPerS, bookBytesPerS } = byMessage
    const frameMs = (BOOK_BYTES / path.bytesPerS) * 1_000
    assert.ok(topBytesPerS + bookBytesPerS > 0.85 * path.bytesPerS, JSON.stringify(byMessage))
    assert.ok(tradeAgeMs <= path.roundTripMs / 2 + frameMs + 4, `${tradeAgeMs} ms`)
    assert.ok(tradeAgeMsP99 <= path.roundTripMs / 2 + 2 * frameMs + 7, `${tradeAgeMsP99} ms`)
  }
})

test('behind an intermediary trades of a client without acknowledgements are seconds late, with them they are not', t => {
  const path = { ...BUSY_PATH, hasIntermediary: true }
  const [without, acknowledging] = [sharesOf(path), sharesOf({ ...path, query: 'ack=1' })]
  t.diagnostic(
    `trades ${without.tradeAgeMs.toFixed(0)} ms, with acknowledgements ${acknowledging.tradeAgeMs.toFixed(0)} ms`,
  )
  assert.ok(without.tradeAgeMs > 3_000)
  assert.ok(acknowledging.tradeAgeMs < 50)
})

test('a resume of the whole log is as fast as with pongs', () => {
  for (const roundTripMs of [1, 50]) {
    const path = { bytesPerS: 1e7, roundTripMs }
    const [byPong, byMessage] = [resumeMs(5_000, path), resumeMs(5_000, path, 'ack=1')]
    assert.ok(byMessage <= 1.1 * byPong + 5, `${byMessage} ms, by pong ${byPong} ms`)
  }
})

test('a client that stops reading, or acknowledging, is sent no more books than its credit', () => {
  assert.ok(bytesAfterStop('ack=1') <= CREDIT_MAX_BYTES)
  const options = { bytesPerS: 1e6, roundTripMs: 5, frameBytes: BOOK_BYTES, framesPerS: 120, acks: EACH }
  const path = new PathSimulation({ ...options, silentFromMs: 3_000 }).runUntil(3_000)
  const before = path.deliveredBytes
  path.runUntil(33_000)
  assert.ok(path.deliveredBytes - before <= CREDIT_MAX_BYTES, `${path.deliveredBytes - before} B`)
})

test('late or rare acknowledgements cost books, never trades', t => {
  for (const [name, acks] of [
    ['50 ms', { frames: Number.POSITIVE_INFINITY, ms: 50 }],
    ['every tenth, or 50 ms', { frames: 10, ms: 50 }],
  ] as const) {
    const path = { bytesPerS: 1e6, roundTripMs: 1, frameBytes: BOOK_BYTES, framesPerS: 120, tradesPerS: 100, acks }
    const measured = measure(path)
    t.diagnostic(`${name}: ${textOf(measured)}`)
    assert.ok(measured.booksPerS >= 10 && measured.tradeMs <= 10)
  }
})

interface Measured {
  readonly booksPerS: number
  readonly tradeMs: number
}

function measure(options: PathOptions): Measured {
  const path = new PathSimulation(options).runUntil(WARM_MS)
  const booksPerS = path.rateOver(MEASURE_MS) / BOOK_BYTES
  return { booksPerS, tradeMs: path.tradeAgeMs(0.5, WARM_MS) }
}

function textOf({ booksPerS, tradeMs }: Measured): string {
  return `${booksPerS.toFixed(0)} books/s, trades ${tradeMs.toFixed(0)} ms`
}
