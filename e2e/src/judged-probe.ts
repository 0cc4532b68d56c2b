// The promise, judged by a probe of a running demo. Latencies are those of the trades of all products together: in so few
// seconds a single product has a hundred trades, and its p99 is one of them. All products together have several hundred, so
// that one pause of the machine decides a p99, too: latency is the median of three rounds, of which the first falls into the
// seconds in which code is compiled. Two rounds on the same side of every limit leave nothing for a third to decide.

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
type Figure = keyof typeof LIMITS_MS
const NAMES = Object.keys(LIMITS_MS) as readonly Figure[]
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
  while (!isDecided(judgedOf(reports)) && reports.length < ROUNDS_MAX) reports.push(await runProbe(options))
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

/** Whether further rounds cannot bring the median of any figure to the other side of its limit. */
function isDecided(judged: readonly TargetReport[]): boolean {
  return judged.length >= ROUNDS || NAMES.every(name => votes(judged, name).some(count => count > ROUNDS / 2))
}

/** Rounds within the limit, and beyond it. */
function votes(judged: readonly TargetReport[], name: Figure): readonly [number, number] {
  const within = judged.filter(target => figureOf(target, name) < LIMITS_MS[name]).length
  return [within, judged.length - within]
}

function latencyFailures(judged: readonly TargetReport[]): string[] {
  if (judged.length === 0) return ['the simulator was late in every round, so that there is no latency to judge']
  return NAMES.flatMap(name => {
    const [within, beyond] = votes(judged, name)
    const figures = judged.map(target => figureOf(target, name)).join(', ')
    return within > beyond ? [] : [`receive → client ${name} ${figures} ms in its rounds, limit ${LIMITS_MS[name]} ms`]
  })
}

/** ms; a round in which no trade came is beyond every limit. */
function figureOf({ received }: TargetReport, name: Figure): number {
  return received === null ? Number.POSITIVE_INFINITY : received[`${name}Us`] / 1_000
}
