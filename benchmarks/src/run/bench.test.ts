import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultBy, RunOutcome } from '../results/run-record.js'
import { figuresOf } from '../test/run-records.js'
import { TRADELANE } from '../variants/variant-names.js'
import { builtInVariants } from '../variants/variant-table.js'
import { runBench } from './bench.js'
import { BENCH_SCENARIOS } from './scenarios.js'

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

/** What each attempt at one run came to, where they have these outcomes in turn. */
async function attempts(outcomes: readonly (RunOutcome | Error)[]): Promise<string[]> {
  const [variant] = builtInVariants().filter(({ name }) => name === TRADELANE)
  const [scenario] = BENCH_SCENARIOS
  assert(variant !== undefined && scenario !== undefined)
  const remaining = [...outcomes]
  const records = await runBench({
    runs: [{ variant, scenario: { ...scenario, windows: [{ phase: 'warm', fromMs: 0, forMs: 1 }] }, round: 1 }],
    seed: 1,
    isStopped: () => false,
    printLine: () => {},
    measure: async () => {
      const outcome = remaining.shift()
      if (outcome === undefined || outcome instanceof Error) throw outcome ?? new Error('no outcome left')
      return outcome
    },
  })
  assert.deepEqual(
    records.map(({ attempt }) => attempt),
    records.map((_, index) => index + 1),
  )
  return records.map(({ outcome }) => (outcome.kind === 'fault' ? outcome.by : outcome.kind))
}

function faultBy(by: FaultBy): RunOutcome {
  return { kind: 'fault', by, faults: ['something'] }
}
