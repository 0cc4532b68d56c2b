// The promise, judged: what a probe of a running demo found wrong.

import { PRODUCTS } from '@tradelane/venues/registry'
import { runProbe } from '../probe/probe.js'
import type { ProbeReport } from '../probe/probe-report.js'
import { formatReport } from '../probe/report-text.js'
import type { DemoProcess } from './demo-process.js'
import { sleep } from './program.js'

/** Until the code of the trade path is compiled. */
const WARM_UP_MS = 3_000

export interface JudgedProbe {
  /** For people. */
  readonly text: string
  readonly failures: readonly string[]
}

export async function judgedProbe(demo: DemoProcess, clients: number, seconds: number): Promise<JudgedProbe> {
  await sleep(WARM_UP_MS)
  const report = await runProbe({ urls: [demo.url], seconds, clients, journal: demo.journal, sim: demo.simUrl })
  return { text: formatReport(report), failures: sharedFailures(report) }
}

/**
 * All failures but those of latency that less than half of the products share: in so few seconds a product has a hundred and
 * fifty trades, and the p99 is one pause of the machine. The benchmarks judge all trades together.
 */
function sharedFailures(report: ProbeReport): string[] {
  const { failures } = report
  // The simulator itself was late, as the report says: whatever held it up held up the trades.
  const isVoid = /latencies of this run are void/.test(formatReport(report))
  const percentileOf = (failure: string): string | undefined => /receive → client (p\d+)/.exec(failure)?.[1]
  const sharedBy = (percentile: string): number =>
    failures.filter(failure => percentileOf(failure) === percentile).length
  return failures.filter(failure => {
    const percentile = percentileOf(failure)
    return percentile === undefined || (!isVoid && sharedBy(percentile) * 2 >= PRODUCTS.length)
  })
}
