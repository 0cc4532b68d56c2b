// Made-up records of runs, for the tests of results.

import type { LatencyFigures } from '../results/latency-figures.js'
import type { FaultBy, RunFigures, RunRecord } from '../results/run-record.js'
import type { Phase } from '../run/phases.js'

const LATENESS = { count: 100, p50Us: 40, p95Us: 80, p99Us: 120, p999Us: 200, maxUs: 250 }

/** p50 is `p99Us` ÷ 4, p95 `p99Us` ÷ 2, p99.9 twice `p99Us`. */
export function latencyOf(p99Us: number): LatencyFigures {
  const percentiles = { p50Us: p99Us / 4, p95Us: p99Us / 2, p99Us, p999Us: 2 * p99Us, maxUs: 3 * p99Us }
  return { count: 1_000, ...percentiles, curveUs: [p99Us / 10, p99Us / 4, p99Us] }
}

export function figuresOf(p99Us: number, cpuUsPerTrade: number | null = 50): RunFigures {
  const usage = { serverCores: 0.2, serverCpuUsPerTrade: cpuUsPerTrade, serverResidentBytes: 100 << 20 }
  return {
    scheduled: latencyOf(p99Us),
    received: null,
    bookAge: null,
    lateness: LATENESS,
    echo: LATENESS,
    tradesDelivered: 8_000,
    distinctTrades: 1_000,
    witnessed: null,
    booksChecked: 700,
    currentAfterUs: null,
    usage: { ...usage, simCores: 0.2, probeCores: 0.1, stolenShare: 0, threadLoads: null },
    paths: {},
  }
}

/** One good run per figure, in rounds from 1. */
export function goodRuns(
  scenario: string,
  variant: string,
  figures: readonly RunFigures[],
  phase: Phase = 'warm',
): RunRecord[] {
  return figures.map((each, index) => ({
    scenario,
    variant,
    phase,
    round: index + 1,
    attempt: 1,
    outcome: { kind: 'figures', figures: each },
  }))
}

export function faultyRun(
  scenario: string,
  variant: string,
  { by, fault, round = 1, phase = 'warm' }: { by: FaultBy; fault: string | string[]; round?: number; phase?: Phase },
): RunRecord {
  return { scenario, variant, phase, round, attempt: 1, outcome: { kind: 'fault', by, faults: [fault].flat() } }
}
