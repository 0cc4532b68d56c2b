// The gates on a product that is broken on purpose: what each fault does must be found and fail its gate. The runs are short and at
// the same time: the faults are gross, whatever else the machine does. That a sound product passes is shown by `npm run bench`.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Fault } from '../faults/fault-names.js'
import { isVoid, judgeGates } from '../results/gates.js'
import { summarize } from '../results/summary.js'
import { TRADELANE } from '../variants/variant-names.js'
import { builtInVariants } from '../variants/variant-table.js'
import { runBench } from './bench.js'
import type { PhaseWindow } from './phases.js'
import { BENCH_SCENARIOS } from './scenarios.js'

const WINDOWS: readonly PhaseWindow[] = [{ phase: 'warm', fromMs: 500, forMs: 1_500 }]
/** One pause of the machine decides the p99 of so few trades, and no gate here depends on it. */
const LATENESS_P99_US_MAX = 100_000

describe('the gates', { concurrency: true }, () => {
  test('a delay in each turn fails the limit of the median', async t => {
    const { failed, faults, isVoid } = await measure(['delayed-turn'])
    if (isVoid) return t.skip(`unmeasured: ${faults}`)
    const p50 = failed.get('normal p50 below 2 ms')
    // A run without a figure would fail as well, and prove nothing.
    assert.match(p50 ?? 'passed', /^\d+\.\d\d ms$/, faults)
  })

  test('books before trades, a dropped trade and a stale book are found, and fail the contract', async () => {
    const { failed, faults } = await measure(['books-first', 'dropped-trade', 'stale-book'])
    assert.ok(failed.has('normal: measured, nothing lost, in order, no wrong book'), faults)
    assert.match(faults, /\d+ trades behind a newer book/)
    assert.match(faults, /\d+ sequences missed without a gap frame/)
    assert.match(faults, /\d+ trades lost/)
    assert.match(faults, /\d+ books differ from the journal at their sequence/)
  })
})

interface Measured {
  /** The gates that failed, with their details. */
  readonly failed: ReadonlyMap<string, string>
  readonly faults: string
  /** The machine was too slow in every attempt. */
  readonly isVoid: boolean
}

async function measure(broken: readonly Fault[]): Promise<Measured> {
  const variant = builtInVariants(broken).find(({ name }) => name === TRADELANE)
  const scenario = BENCH_SCENARIOS.find(({ name }) => name === 'normal')
  assert(variant !== undefined && scenario !== undefined)
  // So short a run may have no liquidation of some product.
  const required = { ...variant, require: ['trade', 'order_book_l1'] as const }
  const limits = { windows: WINDOWS, latenessP99UsMax: LATENESS_P99_US_MAX }
  const runs = [{ variant: required, scenario: { ...scenario, ...limits }, round: 1 }]
  const options = { runs, seed: 1, isStopped: () => false, printLine: () => {} }
  const rows = summarize(await runBench(options))
  const gates = judgeGates(rows, [], { margin: 1.5, ratios: {} })
  const failed = gates.filter(({ verdict }) => verdict === 'failed')
  return {
    failed: new Map(failed.map(({ name, detail }) => [name, detail])),
    faults: rows.flatMap(row => row.faults).join('\n'),
    isVoid: rows.every(isVoid),
  }
}
