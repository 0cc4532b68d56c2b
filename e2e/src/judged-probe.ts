// The promise, judged by a probe of a running demo. Latencies are those of the trades of all products together: in so few
// seconds a single product has a hundred trades, and its p99 is one of them. All products together have several hundred, so
// that one pause of the machine decides a p99, too: latency is the median of three rounds, of which the first falls into the
// seconds in which code is compiled.

import { runProbe } from '@tradelane/probe/probe'
import { areLatenciesVoid, type ProbeReport, type TargetReport } from '@tradelane/probe/probe-report'
import { formatReport } from '@tradelane/probe/report-text'
import type { DemoProcess } from './demo-process.js'

const LIMITS_MS = { p50: 2, p95: 15, p99: 20 } as const
const ROUNDS = 3
/** With those in which the simulator was late. */
const ROUNDS_MAX = 5
/** Until the code of the trade path is compiled. */
const WARM_UP_TRADES = 300
const OF_ONE_PRODUCT = /receive → client p\d+/

export interface JudgedProbe {
  /** For people. */
  readonly text: string
  readonly failures: readonly string[]
}

/** `seconds` are of each round. Latency is the median of the rounds; everything else is judged in each of them. */
export async function judgedProbe(demo: DemoProcess, clients: number, seconds: number): Promise<JudgedProbe> {
  await demo.untilTrades(WARM_UP_TRADES)
  const options = { urls: [demo.url], seconds, clients, journal: demo.journal, sim: demo.simUrl }
  const reports: ProbeReport[] = []
  while (judgedOf(reports).length < ROUNDS && reports.length < ROUNDS_MAX) reports.push(await runProbe(options))
  const failures = reports.flatMap(report => report.failures.filter(failure => !OF_ONE_PRODUCT.test(failure)))
  return {
    text: reports.map(formatReport).join('\n'),
    failures: [...failures, ...latencyFailures(judgedOf(reports))],
  }
}

/** What held up the simulator held up the trades: such a round is measured again. */
function judgedOf(reports: readonly ProbeReport[]): readonly TargetReport[] {
  const targets = reports.flatMap(report => report.targets)
  return targets.filter(({ journal }) => journal === null || !areLatenciesVoid(journal))
}

function latencyFailures(judged: readonly TargetReport[]): string[] {
  const summaries = judged.flatMap(({ received }) => (received === null ? [] : [received]))
  if (summaries.length === 0) return ['the simulator was late in every round, so that there is no latency to judge']
  const figures = {
    p50: median(summaries.map(({ p50Us }) => p50Us)) / 1_000,
    p95: median(summaries.map(({ p95Us }) => p95Us)) / 1_000,
    p99: median(summaries.map(({ p99Us }) => p99Us)) / 1_000,
  }
  return (['p50', 'p95', 'p99'] as const)
    .filter(name => figures[name] >= LIMITS_MS[name])
    .map(name => `receive → client ${name} ${figures[name]} ms, limit ${LIMITS_MS[name]} ms`)
}

/** Of two the greater one. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
