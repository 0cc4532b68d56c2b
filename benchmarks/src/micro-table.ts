// What micro-benchmarks print: a line for each step.

import type { Bench } from 'tinybench'

/** Throws where a step failed. */
export function printMicro(bench: Bench): void {
  const rows = bench.tasks.map(task => {
    const { result } = task
    if (!('latency' in result)) throw new Error(`${task.name} failed: ${JSON.stringify(result)}`)
    return { name: task.name, us: result.latency.p50 * 1_000, error: result.latency.rme }
  })
  const width = Math.max(...rows.map(row => row.name.length))
  process.stdout.write(`${'step'.padEnd(width)}  median µs  ± mean %\n`)
  for (const { name, us, error } of rows) {
    process.stdout.write(`${name.padEnd(width)}  ${us.toFixed(3).padStart(9)}  ${error.toFixed(1).padStart(8)}\n`)
  }
}
