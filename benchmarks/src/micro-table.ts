// The table that a micro-benchmark prints: a line per step. Bytes are those that a run of the step allocates on the heap: what
// fills the young generation, whose collections delay trades.

import { Bench } from 'tinybench'

const RUNS = 200
const ROUNDS = 31

/** Remembers its steps, to run each again for the bytes. */
export class StepBench extends Bench {
  readonly steps = new Map<string, () => unknown>()

  override add(...args: Parameters<Bench['add']>): this {
    this.steps.set(args[0], args[1] as () => unknown)
    return super.add(...args)
  }
}

/** Throws where a step failed. */
export function printSteps(bench: Bench): void {
  const steps = bench instanceof StepBench ? bench.steps : undefined
  const rows = bench.tasks.map(({ name, result }) => {
    if (!('latency' in result)) throw new Error(`step "${name}" failed: ${JSON.stringify(result)}`)
    const step = steps?.get(name)
    const bytes = step === undefined ? '' : String(allocatedBytes(step))
    return { name, medianUs: result.latency.p50 * 1_000, errorPercent: result.latency.rme, bytes }
  })
  const width = Math.max(...rows.map(({ name }) => name.length))
  process.stdout.write(`${'step'.padEnd(width)}  median µs  ± mean %${steps === undefined ? '' : '     bytes'}\n`)
  for (const { name, medianUs, errorPercent, bytes } of rows) {
    const [median, error] = [medianUs.toFixed(3).padStart(9), errorPercent.toFixed(1).padStart(8)]
    process.stdout.write(`${`${name.padEnd(width)}  ${median}  ${error}  ${bytes.padStart(8)}`.trimEnd()}\n`)
  }
}

/** Of one run, once its code is compiled; rounds that a collection fell into are left out. */
function allocatedBytes(step: () => unknown): number {
  const idle = medianGrowth(() => undefined)
  return Math.max(0, Math.round((medianGrowth(step) - idle) / RUNS))
}

function medianGrowth(step: () => unknown): number {
  const growths: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.memoryUsage().heapUsed
    for (let run = 0; run < RUNS; run += 1) step()
    const growth = process.memoryUsage().heapUsed - before
    if (growth >= 0) growths.push(growth)
  }
  return growths.sort((a, b) => a - b)[growths.length >> 1] ?? 0
}
