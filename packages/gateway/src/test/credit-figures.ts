// Prints what the limits of credit cost and give on simulated lines: `node packages/gateway/dist/test/credit-figures.js`.
// Virtual time, so every run prints the same; to see an alternative, change `limits.ts` and run again.

import { pathToFileURL } from 'node:url'
import { PathFixture, type PathFixtureOptions } from './path-fixture.js'
import { PathSimulation } from './path-simulation.js'
import { STREAM } from './test-lanes.js'

const WARM_MS = 4_000
const MEASURE_MS = 10_000

/** A slow line that is offered twice its rate, of state and of books. */
export const BUSY_PATH: PathFixtureOptions = {
  bytesPerS: 300_000,
  roundTripMs: 20,
  instrumentCount: 12,
  tradesPerS: 100,
  topsPerS: 100,
  booksPerS: 10,
}

/** The same next door: what a trade waits for is all of its age. */
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

export function sharesOf(line: PathFixtureOptions): Shares {
  const fixture = new PathFixture(line).runUntil(WARM_MS)
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

/** Until a client that resumes has all of the log, ms. */
export function resumeMs(trades: number, line: { bytesPerS: number; roundTripMs: number }): number {
  const options = { ...line, instrumentCount: 2, tradesBefore: trades, retained: 20_000, query: `since=${STREAM}:0` }
  const fixture = new PathFixture(options)
  while (fixture.arrived.trades.agesMs.length < trades) fixture.runUntil(fixture.sinceMs + 1)
  return fixture.sinceMs + fixture.queuedBytes / (line.bytesPerS / 1_000) + line.roundTripMs / 2
}

/** Bytes of books handed over in the half minute after a client stopped reading. */
export function bytesAfterStop(): number {
  const fixture = new PathFixture({ ...BUSY_PATH, bytesPerS: 1e6, topsPerS: 0, tradesPerS: 0, stopsMs: WARM_MS })
  fixture.runUntil(WARM_MS)
  const before = fixture.arrived.books.bytes
  fixture.runUntil(WARM_MS + 30_000)
  return fixture.arrived.books.bytes - before
}

function printLines(): void {
  const lines = [
    [0, 1e6, 6_000, 120],
    [50, 1e6, 6_000, 120],
    [50, 1e6, 300, Number.POSITIVE_INFINITY],
    [0, 3e5, 6_000, 120],
    [0, 3e5, 300, Number.POSITIVE_INFINITY],
    [50, 3e5, 6_000, 120],
    [20, 1e5, 6_000, 120],
    [20, 1e7, 6_000, Number.POSITIVE_INFINITY],
    [200, 1e6, 6_000, 120],
    [300, 1e6, 6_000, 120],
  ] as const
  for (const [roundTripMs, bytesPerS, frameBytes, framesPerS] of lines) {
    const line = { bytesPerS, roundTripMs, frameBytes, framesPerS, tradesPerS: 100, instrumentCount: 40 }
    const link = new PathSimulation(line).runUntil(WARM_MS)
    const pingsBefore = link.pingCount
    const rate = link.rateOver(MEASURE_MS)
    const share = rate / Math.min(bytesPerS - 30_000, framesPerS * frameBytes)
    const pingsPerS = ((link.pingCount - pingsBefore) / MEASURE_MS) * 1_000
    say(
      `${bytesPerS / 1_000} kB/s, ${roundTripMs} ms, frames of ${frameBytes} B × ${framesPerS}/s: ` +
        `${(share * 100).toFixed(0)} %, frames wait ${link.medianWaitMs(WARM_MS).toFixed(1)} ms, ${pingsPerS.toFixed(0)} pings/s`,
    )
  }
}

function printAll(): void {
  printLines()
  for (const [name, line] of [
    ['busy line', BUSY_PATH],
    ['near line', NEAR_PATH],
    ['near line, 100 kB/s', { ...NEAR_PATH, bytesPerS: 100_000 }],
  ] as const) {
    say(
      `${name}: ${JSON.stringify(sharesOf(line), (_, value) => (typeof value === 'number' ? Math.round(value) : value))}`,
    )
  }
  for (const roundTripMs of [1, 50, 200]) {
    say(
      `10,000 trades resumed at 10 MB/s, ${roundTripMs} ms: ${resumeMs(10_000, { bytesPerS: 1e7, roundTripMs }).toFixed(0)} ms`,
    )
  }
  const flooded = sharesOf({ ...BUSY_PATH, bytesPerS: 100_000, tradesPerS: 500, topsPerS: 0, retained: 2_000 })
  say(`trades at 1.5 times the rate: ${flooded.tradeAgeMs.toFixed(0)} ms old`)
  say(`books after the client stopped: ${bytesAfterStop()} B in 30 s`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) printAll()
