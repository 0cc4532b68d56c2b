// What credit gives and costs on simulated network paths, in virtual time: the same on every machine. Used by
// `credit-path.test.ts`, and printed by the credit figures in `benchmarks`.

import { PathFixture, type PathFixtureOptions } from './path-fixture.js'
import { STREAM } from './test-lanes.js'

export const WARM_MS = 4_000
export const MEASURE_MS = 10_000

/** A slow path that is offered twice its rate, of state and of books. */
export const BUSY_PATH: PathFixtureOptions = {
  bytesPerS: 300_000,
  roundTripMs: 20,
  instrumentCount: 12,
  tradesPerS: 100,
  topsPerS: 100,
  booksPerS: 10,
}

/** The same without distance: what a trade waits for is all of its age. */
export const NEAR_PATH: PathFixtureOptions = {
  ...BUSY_PATH,
  roundTripMs: 0,
  tradesPerS: 75,
  topsPerS: 30,
  booksPerS: 8,
}

export interface Shares {
  readonly topsPerS: number
  readonly topAgeMs: number
  readonly booksPerS: number
  readonly bookAgeMs: number
  readonly tradeAgeMs: number
  readonly tradeAgeMsP99: number
  readonly topBytesPerS: number
  readonly bookBytesPerS: number
}

export function sharesOf(path: PathFixtureOptions): Shares {
  const fixture = new PathFixture(path).runUntil(WARM_MS)
  const { trades, tops, books } = fixture.arrived
  for (const arrived of [trades, tops, books]) {
    arrived.agesMs.length = 0
    arrived.bytes = 0
  }
  fixture.runUntil(WARM_MS + MEASURE_MS)
  const perS = (count: number): number => (count / MEASURE_MS) * 1_000
  return {
    topsPerS: perS(tops.agesMs.length),
    topAgeMs: tops.ageMs(0.5),
    booksPerS: perS(books.agesMs.length),
    bookAgeMs: books.ageMs(0.5),
    tradeAgeMs: trades.ageMs(0.5),
    tradeAgeMsP99: trades.ageMs(0.99),
    topBytesPerS: perS(tops.bytes),
    bookBytesPerS: perS(books.bytes),
  }
}

/** Until a client that resumes has received all of the log, ms. */
export function resumeMs(trades: number, path: { bytesPerS: number; roundTripMs: number }, query = ''): number {
  const resume = `since=${STREAM}:0&${query}`
  const options = { ...path, instrumentCount: 2, tradesBefore: trades, retained: 20_000, query: resume }
  const fixture = new PathFixture(options)
  while (fixture.arrived.trades.agesMs.length < trades) fixture.runUntil(fixture.sinceMs + 1)
  return fixture.sinceMs + fixture.queuedBytes / (path.bytesPerS / 1_000) + path.roundTripMs / 2
}

/** Bytes of books handed to the socket in the half minute after a client stopped reading. */
export function bytesAfterStop(query = ''): number {
  const fixture = new PathFixture({ ...BUSY_PATH, query, bytesPerS: 1e6, topsPerS: 0, tradesPerS: 0, stopsMs: WARM_MS })
  fixture.runUntil(WARM_MS)
  const before = fixture.arrived.books.bytes
  fixture.runUntil(WARM_MS + 30_000)
  return fixture.arrived.books.bytes - before
}
