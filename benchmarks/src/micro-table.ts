// The table that a micro-benchmark prints: a line per step.

import type { Bench } from 'tinybench'

/** Throws where a step failed. */
export function printSteps(bench: Bench): void {
  const rows = bench.tasks.map(({ name, result }) => {
    if (!('latency' in result)) throw new Error(`step "${name}" failed: ${JSON.stringify(result)}`)
    return { name, medianUs: result.latency.p50 * 1_000, errorPercent: result.latency.rme }
  })
  const width = Math.max(...rows.map(({ name }) => name.length))
  process.stdout.write(`${'step'.padEnd(width)}  median µs  ± mean %\n`)
  for (const { name, medianUs, errorPercent } of rows) {
    const [median, error] = [medianUs.toFixed(3).padStart(9), errorPercent.toFixed(1).padStart(8)]
    process.stdout.write(`${name.padEnd(width)}  ${median}  ${error}\n`)
  }
}
