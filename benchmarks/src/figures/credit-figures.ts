// Prints what the limits of credit cost and give on simulated network paths: `node benchmarks/dist/figures/credit-figures.js`.
// Time is virtual, so every run prints the same. To compare an alternative, change `limits.ts` of the gateway and run it again.

import {
  BUSY_PATH,
  bytesAfterStop,
  MEASURE_MS,
  NEAR_PATH,
  resumeMs,
  sharesOf,
  WARM_MS,
} from '@tradelane/gateway/test/credit-measures'
import { PathSimulation } from '@tradelane/gateway/test/path-simulation'

const UNLIMITED = Number.POSITIVE_INFINITY
const PATHS = [
  { roundTripMs: 0, bytesPerS: 1e6, frameBytes: 6_000, framesPerS: 120 },
  { roundTripMs: 50, bytesPerS: 1e6, frameBytes: 6_000, framesPerS: 120 },
  { roundTripMs: 50, bytesPerS: 1e6, frameBytes: 300, framesPerS: UNLIMITED },
  { roundTripMs: 0, bytesPerS: 3e5, frameBytes: 6_000, framesPerS: 120 },
  { roundTripMs: 0, bytesPerS: 3e5, frameBytes: 300, framesPerS: UNLIMITED },
  { roundTripMs: 50, bytesPerS: 3e5, frameBytes: 6_000, framesPerS: 120 },
  { roundTripMs: 20, bytesPerS: 1e5, frameBytes: 6_000, framesPerS: 120 },
  { roundTripMs: 20, bytesPerS: 1e7, frameBytes: 6_000, framesPerS: UNLIMITED },
  { roundTripMs: 200, bytesPerS: 1e6, frameBytes: 6_000, framesPerS: 120 },
  { roundTripMs: 300, bytesPerS: 1e6, frameBytes: 6_000, framesPerS: 120 },
] as const

printPaths()
printShares('busy path', sharesOf(BUSY_PATH))
printShares('near path', sharesOf(NEAR_PATH))
printShares('near path, 100 kB/s', sharesOf({ ...NEAR_PATH, bytesPerS: 100_000 }))
for (const roundTripMs of [1, 50, 200]) {
  const ms = resumeMs(10_000, { bytesPerS: 1e7, roundTripMs })
  printLine(`10,000 trades resumed at 10 MB/s, ${roundTripMs} ms: ${ms.toFixed(0)} ms`)
}
const overloaded = sharesOf({ ...BUSY_PATH, bytesPerS: 100_000, tradesPerS: 500, topsPerS: 0, retained: 2_000 })
printLine(`trades at 1.5 times the rate: ${overloaded.tradeAgeMs.toFixed(0)} ms old`)
printLine(`books after the client stopped: ${bytesAfterStop()} B in 30 s`)

function printPaths(): void {
  for (const { roundTripMs, bytesPerS, frameBytes, framesPerS } of PATHS) {
    const options = { bytesPerS, roundTripMs, frameBytes, framesPerS, tradesPerS: 100, instrumentCount: 40 }
    const path = new PathSimulation(options).runUntil(WARM_MS)
    const pingsBefore = path.pingCount
    const share = path.rateOver(MEASURE_MS) / Math.min(bytesPerS - 30_000, framesPerS * frameBytes)
    const pingsPerS = ((path.pingCount - pingsBefore) / MEASURE_MS) * 1_000
    printLine(
      `${bytesPerS / 1_000} kB/s, ${roundTripMs} ms, frames of ${frameBytes} B × ${framesPerS}/s: ` +
        `${(share * 100).toFixed(0)} %, frames wait ${path.medianWaitMs(WARM_MS).toFixed(1)} ms, ${pingsPerS.toFixed(0)} pings/s`,
    )
  }
}

function printShares(name: string, shares: object): void {
  const rounded = Object.entries(shares).map(([measure, value]) => [measure, Math.round(value as number)])
  printLine(`${name}: ${JSON.stringify(Object.fromEntries(rounded))}`)
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`)
}
