// The promise, judged: what a probe of a running demo found wrong.

import { runProbe } from '@tradelane/probe/probe'
import type { ProbeReport } from '@tradelane/probe/probe-report'
import { formatReport } from '@tradelane/probe/report-text'
import { PRODUCTS } from '@tradelane/venues/registry'
import type { DemoProcess } from './demo-process.js'
import { sleep } from './program.js'

/** Until the code of the trade path is compiled. */
const WARM_UP_MS = 3_000
/** A product that is slow is slow in each; a machine that pauses is not. Of anything but latency the first is believed. */
const ATTEMPTS = 3

export interface JudgedProbe {
  /** For people. */
  readonly text: string
  readonly failures: readonly string[]
}

export async function judgedProbe(demo: DemoProcess, clients: number, seconds: number): Promise<JudgedProbe> {
  await sleep(WARM_UP_MS)
  for (let attempt = 1; ; attempt += 1) {
    const report = await runProbe({ urls: [demo.url], seconds, clients, journal: demo.journal, sim: demo.simUrl })
    const failures = sharedFailures(report)
    const isOfLatency = failures.length > 0 && failures.every(failure => latencyPercentile(failure) !== undefined)
    if (!isOfLatency || attempt === ATTEMPTS) return { text: formatReport(report), failures }
  }
}

function latencyPercentile(failure: string): string | undefined {
  return /receive → client (p\d+)/.exec(failure)?.[1]
}

/**
 * All failures but those of latency that less than half of the products share: in so few seconds a product has a hundred and
 * fifty trades, and the p99 is one pause of the machine. The benchmarks judge all trades together.
 */
function sharedFailures(report: ProbeReport): string[] {
  const { failures } = report
  // The simulator itself was late, as the report says: whatever held it up held up the trades.
  const isVoid = /latencies of this run are void/.test(formatReport(report))
  const sharedBy = (percentile: string): number =>
    failures.filter(failure => latencyPercentile(failure) === percentile).length
  return failures.filter(failure => {
    const percentile = latencyPercentile(failure)
    return percentile === undefined || (!isVoid && sharedBy(percentile) * 2 >= PRODUCTS.length)
  })
}
