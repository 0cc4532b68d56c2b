// The promise, judged by a probe of a running demo. Latencies are those of the trades of all products together: in so few
// seconds a single product has a hundred trades, and its p99 is one of them.

import { runProbe } from '@tradelane/probe/probe'
import { areLatenciesVoid, type TargetReport } from '@tradelane/probe/probe-report'
import { formatReport } from '@tradelane/probe/report-text'
import type { DemoProcess } from './demo-process.js'

const LIMITS_MS = { p50: 2, p95: 15, p99: 20 } as const
/** Until the code of the trade path is compiled. */
const WARM_UP_TRADES = 300
const OF_ONE_PRODUCT = /receive → client p\d+/

export interface JudgedProbe {
  /** For people. */
  readonly text: string
  readonly failures: readonly string[]
}

export async function judgedProbe(demo: DemoProcess, clients: number, seconds: number): Promise<JudgedProbe> {
  await demo.untilTrades(WARM_UP_TRADES)
  const report = await runProbe({ urls: [demo.url], seconds, clients, journal: demo.journal, sim: demo.simUrl })
  const failures = report.failures.filter(failure => !OF_ONE_PRODUCT.test(failure))
  return { text: formatReport(report), failures: [...failures, ...report.targets.flatMap(latencyFailures)] }
}

function latencyFailures({ received, journal }: TargetReport): string[] {
  // What held up the simulator held up the trades.
  if (received === null || (journal !== null && areLatenciesVoid(journal))) return []
  const { p50Us, p95Us, p99Us } = received
  const figures = { p50: p50Us / 1_000, p95: p95Us / 1_000, p99: p99Us / 1_000 }
  return (['p50', 'p95', 'p99'] as const)
    .filter(name => figures[name] >= LIMITS_MS[name])
    .map(name => `receive → client ${name} ${figures[name]} ms, limit ${LIMITS_MS[name]} ms`)
}
