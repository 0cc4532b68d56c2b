import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultyRun, figuresOf, goodRuns } from '../test/run-records.js'
import { SINGLE_LOOP, TRADELANE } from '../variants/variant-names.js'
import type { Baseline } from './baseline.js'
import { judgeGates, type Verdict } from './gates.js'
import { RATIOS, ratiosOf } from './ratios.js'
import type { RunFigures, RunRecord } from './run-record.js'
import { summarize } from './summary.js'

const ROUNDS = 3
const NO_BASELINE: Baseline = { margin: 1.5, ratios: {} }
const ISOLATION = 'isolation factor: burst p99 ÷ normal p99'
const PARTS_OF_BURST = [
  'burst p50 below 2 ms',
  'burst p95 below 15 ms',
  'burst p99 below 20 ms',
  'burst: measured, nothing lost, in order, no wrong book',
  `${ISOLATION} at most 2`,
  'burst p99 ÷ single loop p99 at most 2',
]

test('a good run passes every gate', () => assert.deepEqual(failedGates(runs({})), []))

test('latency above the specified limits fails, per scenario and percentile', () => {
  // In these records p50 is p99 ÷ 4 and p95 is p99 ÷ 2.
  const failed = failedGates(runs({ ours: { normal: 32_000, burst: 32_000 }, theirs: 200_000 }))
  const limits = ['p50 below 2 ms', 'p95 below 15 ms', 'p99 below 20 ms']
  assert.deepEqual(
    failed,
    ['normal', 'burst'].flatMap(scenario => limits.map(limit => `${scenario} ${limit}`)),
  )
})

test('a figure equal to its limit fails', () => {
  assert.deepEqual(failedGates(runs({ ours: { normal: 8_000, burst: 7_990 }, theirs: 200_000 })), [
    'normal p50 below 2 ms',
  ])
})

test('a burst that more than doubles p99 fails', () => {
  assert.deepEqual(failedGates(runs({ ours: { normal: 500, burst: 1_001 } })), [`${ISOLATION} at most 2`])
})

test('a run that is much slower than the single loop fails', () => {
  const failed = failedGates(runs({ ours: { normal: 500, burst: 600 }, theirs: 150 }))
  assert.deepEqual(failed, [
    'burst p99 ÷ single loop p99 at most 2',
    'normal p99 ÷ single loop p99 at most 2',
    'normal p50 ÷ single loop p50 at most 1.5',
  ])
})

test('one fault of the server fails, even where the figures are good', () => {
  const lost = faultyRun('burst', TRADELANE, { by: 'server', fault: '1 trades lost', round: 2 })
  assert.deepEqual(failedGates([...runs({}), lost]), ['burst: measured, nothing lost, in order, no wrong book'])
})

test('a fault of another variant fails no gate by itself', () => {
  const lost = faultyRun('burst', SINGLE_LOOP, { by: 'server', fault: '1 trades lost', round: 2 })
  assert.deepEqual(failedGates([...runs({}), lost]), [])
})

test('a round without a figure passes no gate that needs it: void it is unmeasured, broken it failed', () => {
  const isThird = ({ scenario, variant, round }: RunRecord): boolean =>
    scenario === 'burst' && variant === TRADELANE && round === 3
  const others = runs({}).filter(record => !isThird(record))
  const late = faultyRun('burst', TRADELANE, { by: 'machine', fault: 'the simulator was late', round: 3 })
  const twice = faultyRun('burst', TRADELANE, { by: 'machine', fault: ['late early', 'late'], round: 3 })
  const broken = faultyRun('burst', TRADELANE, { by: 'run', fault: 'the server did not start', round: 3 })
  assert.deepEqual(gatesThat('failed', [...others, late]), [])
  assert.deepEqual(gatesThat('unmeasured', [...others, late]), PARTS_OF_BURST)
  assert.deepEqual(gatesThat('failed', [...others, twice]), [])
  assert.deepEqual(gatesThat('unmeasured', [...others, twice]), PARTS_OF_BURST)
  assert.deepEqual(gatesThat('failed', [...others, broken]), PARTS_OF_BURST)
  assert.deepEqual(gatesThat('failed', [...others, late, broken]), PARTS_OF_BURST)
})

test('a ratio may exceed the accepted one by the margin, and no more', () => {
  const baseline = { margin: 1.5, ratios: { [ISOLATION]: 1 } }
  assert.deepEqual(failedGates(runs({ ours: { normal: 500, burst: 740 } }), baseline), [])
  assert.deepEqual(failedGates(runs({ ours: { normal: 500, burst: 760 } }), baseline), [
    `${ISOLATION}: not worse than the accepted run`,
  ])
})

test('early figures have gates of their own, by the same limits', () => {
  const early = (scenario: string, variant: string, p99Us: number): RunRecord[] =>
    goodRuns(scenario, variant, [figuresOf(p99Us)], 'early')
  const slow = [
    ...early('normal', TRADELANE, 24_000),
    ...early('burst', TRADELANE, 600),
    ...early('normal', SINGLE_LOOP, 7_000),
  ]
  assert.deepEqual(failedGates([...runs({}), ...slow]), [
    'early normal p50 below 2 ms',
    'early normal p99 below 20 ms',
    'early normal p99 ÷ single loop p99 at most 2',
    'early normal p50 ÷ single loop p50 at most 1.5',
  ])
})

test('a percentile of too few trades passes no gate', () => {
  const few = (count: number): string[] => {
    const figures = { ...figuresOf(500), distinctTrades: count }
    const records = [TRADELANE, SINGLE_LOOP].flatMap(variant => goodRuns('normal', variant, [figures]))
    return gatesThat('unmeasured', records)
  }
  assert.deepEqual(few(1_000), [])
  const ofP99 = ['normal p99 below 20 ms', 'normal p99 ÷ single loop p99 at most 2']
  assert.deepEqual(few(999), ofP99)
  assert.deepEqual(few(199), ['normal p95 below 15 ms', ...ofP99])
})

test('a limit that is missed while the processors were stolen is unmeasured, by as much as lies beyond its percentile', () => {
  const stolenBy = (stolenShare: number, verdict: Verdict): string[] => {
    const figures = figuresOf(64_000)
    const records = goodRuns('normal', TRADELANE, [{ ...figures, usage: { ...figures.usage, stolenShare } }])
    return gatesThat(verdict, records).filter(name => name.includes('below'))
  }
  const [p50, p95, p99] = ['normal p50 below 2 ms', 'normal p95 below 15 ms', 'normal p99 below 20 ms']
  assert.deepEqual(stolenBy(0.009, 'failed'), [p50, p95, p99])
  assert.deepEqual(stolenBy(0.01, 'unmeasured'), [p99])
  assert.deepEqual(stolenBy(0.01, 'failed'), [p50, p95])
  assert.deepEqual(stolenBy(0.05, 'unmeasured'), [p95, p99])
  assert.deepEqual(stolenBy(0.05, 'failed'), [p50])
})

test('a ratio is unmeasured where one side was stolen from, up to three times its limit; a limit that is met is passed', () => {
  const [p99, p50] = ['normal p99 ÷ single loop p99 at most 2', 'normal p50 ÷ single loop p50 at most 1.5']
  const beside = (ours: RunFigures, theirs: RunFigures): RunRecord[] => [
    ...goodRuns('normal', TRADELANE, [ours]),
    ...goodRuns('normal', SINGLE_LOOP, [theirs]),
  ]
  const quiet = beside(figuresOf(7_000), figuresOf(2_000))
  assert.deepEqual(failedGates(quiet), [p99, p50])
  for (const records of [
    beside(stolen(0.01, 7_000), figuresOf(2_000)),
    beside(figuresOf(7_000), stolen(0.01, 2_000)),
  ]) {
    assert.deepEqual(gatesThat('unmeasured', records), [p99])
    assert.deepEqual(failedGates(records), [p50])
  }
  assert.deepEqual(failedGates(beside(stolen(0.09, 7_000), figuresOf(2_000))), [p50])
  const tenth = beside(stolen(0.1, 7_000), figuresOf(2_000))
  assert.deepEqual(gatesThat('unmeasured', tenth), [p99, p50])
  assert.deepEqual(failedGates(tenth), [])
  assert.deepEqual(failedGates(beside(stolen(0.5, 7_000), figuresOf(1_160))), [p99, p50])
  assert.deepEqual(gatesThat('unmeasured', beside(stolen(0.5, 3_000), figuresOf(2_000))), [])
})

function stolen(stolenShare: number, p99Us: number): RunFigures {
  const figures = figuresOf(p99Us)
  return { ...figures, usage: { ...figures.usage, stolenShare } }
}

/** p99 in microseconds. */
function runs({ ours = { normal: 500, burst: 600 }, theirs = 7_000 }): RunRecord[] {
  const thrice = (p99Us: number) => Array.from({ length: ROUNDS }, () => figuresOf(p99Us))
  return [
    ...goodRuns('normal', TRADELANE, thrice(ours.normal)),
    ...goodRuns('normal', SINGLE_LOOP, thrice(theirs)),
    ...goodRuns('burst', TRADELANE, thrice(ours.burst)),
    ...goodRuns('burst', SINGLE_LOOP, thrice(theirs)),
  ]
}

function failedGates(records: readonly RunRecord[], baseline = NO_BASELINE): string[] {
  return gatesThat('failed', records, baseline)
}

function gatesThat(verdict: Verdict, records: readonly RunRecord[], baseline = NO_BASELINE): string[] {
  const gates = judgeGates(summarize(records), ratiosOf(records, RATIOS), baseline)
  return gates.filter(gate => gate.verdict === verdict).map(({ name }) => name)
}
