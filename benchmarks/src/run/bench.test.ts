import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultBy, RunOutcome, RunRecord } from '../results/run-record.js'
import { figuresOf } from '../test/run-records.js'
import { TRADELANE } from '../variants/variant-names.js'
import { builtInVariants } from '../variants/variant-table.js'
import { runBench } from './bench.js'
import { BENCH_SCENARIOS, type BenchScenario } from './scenarios.js'

const GOOD: RunOutcome = { kind: 'figures', phases: new Map([['warm', figuresOf(500)]]) }
const VOID = faultBy('machine')

test('a run with figures is measured once', async () => {
  assert.deepEqual(await attempts([GOOD]), ['figures'])
})

test('a void run is repeated until it has a figure, twice at most', async () => {
  assert.deepEqual(await attempts([VOID, GOOD]), ['machine', 'figures'])
  assert.deepEqual(await attempts([VOID, VOID, VOID, GOOD]), ['machine', 'machine', 'machine'])
})

test('a fault of the server is never repeated, nor is a run that broke', async () => {
  assert.deepEqual(await attempts([faultBy('server'), GOOD]), ['server'])
  assert.deepEqual(await attempts([faultBy('run'), GOOD]), ['run'])
  assert.deepEqual(await attempts([VOID, faultBy('server'), GOOD]), ['machine', 'server'])
})

test('a process that does not start is a run that broke', async () => {
  assert.deepEqual(await attempts([new Error('ended with code 1'), GOOD]), ['run'])
})

test('all runs together are repeated half as often as there are runs', async () => {
  const records = await bench(8, async () => VOID)
  assert.equal(records.length, 8 + 4)
  assert.deepEqual(
    records.map(({ attempt }) => attempt),
    [1, 2, 3, 1, 2, 3, 1, 1, 1, 1, 1, 1],
  )
})

/** What each attempt at one run came to, where they have these outcomes in turn. */
async function attempts(outcomes: readonly (RunOutcome | Error)[]): Promise<string[]> {
  const remaining = [...outcomes]
  const records = await bench(1, async () => {
    const outcome = remaining.shift()
    if (outcome === undefined || outcome instanceof Error) throw outcome ?? new Error('no outcome left')
    return outcome
  })
  assert.deepEqual(
    records.map(({ attempt }) => attempt),
    records.map((_, index) => index + 1),
  )
  return records.map(({ outcome }) => (outcome.kind === 'fault' ? outcome.by : outcome.kind))
}

async function bench(rounds: number, measure: () => Promise<RunOutcome>): Promise<RunRecord[]> {
  const [variant] = builtInVariants().filter(({ name }) => name === TRADELANE)
  const [scenario] = BENCH_SCENARIOS
  assert(variant !== undefined && scenario !== undefined)
  const short: BenchScenario = { ...scenario, windows: [{ phase: 'warm', fromMs: 0, forMs: 1 }] }
  const runs = Array.from({ length: rounds }, (_, index) => ({ variant, scenario: short, round: index + 1 }))
  return await runBench({ runs, seed: 1, isStopped: () => false, printLine: () => {}, measure })
}

function faultBy(by: FaultBy): RunOutcome {
  return { kind: 'fault', by, faults: ['something'] }
}
