import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultyRun, figuresOf, goodRuns } from '../test/run-records.js'
import { type Ratio, type RatioSpec, ratiosOf } from './ratios.js'
import type { RunRecord } from './run-record.js'

const SPEC: RatioSpec = {
  name: 'burst ÷ normal',
  over: { scenario: 'burst', variant: 'a', phase: 'warm', measure: 'p99' },
  under: { scenario: 'normal', variant: 'a', phase: 'warm', measure: 'p99' },
  limit: 2,
}

test('a ratio is taken within each round, and its median reported', () => {
  // The ratio of the medians would be 20 ÷ 20.
  const records = [...runs('burst', [10, 20, 60]), ...runs('normal', [20, 10, 20])]
  assert.deepEqual(ratio(records)?.value, { median: 2, min: 0.5, max: 3 })
})

test('a round without a figure leaves no ratio', () => {
  const late = faultyRun('burst', 'a', { by: 'run', fault: 'late', round: 3 })
  assert.equal(ratio([...runs('burst', [10, 20]), late, ...runs('normal', [20, 10, 20])])?.value, null)
})

test('rounds of one side only are left out', () => {
  const records = [...runs('burst', [10, 20, 60]), ...runs('normal', [20])]
  assert.deepEqual(ratio(records)?.value, { median: 0.5, min: 0.5, max: 0.5 })
})

test('a run with a fault has no figure', () => {
  const records = [faultyRun('burst', 'a', { by: 'server', fault: 'lost' }), ...runs('normal', [20])]
  assert.equal(ratio(records)?.value, null)
})

test('a ratio whose scenario was not planned is left out', () => {
  assert.equal(ratio(runs('burst', [10])), undefined)
})

test('unknown processor time leaves no ratio', () => {
  const cpu: RatioSpec = {
    ...SPEC,
    over: { ...SPEC.over, measure: 'cpuPerTrade' },
    under: { ...SPEC.under, measure: 'cpuPerTrade' },
  }
  const records = [...goodRuns('burst', 'a', [figuresOf(10, null)]), ...goodRuns('normal', 'a', [figuresOf(10, 25)])]
  assert.deepEqual(ratiosOf(records, [cpu]), [{ spec: cpu, value: null, isThin: false }])
})

function runs(scenario: string, p99s: readonly number[]): RunRecord[] {
  return goodRuns(
    scenario,
    'a',
    p99s.map(p99Us => figuresOf(p99Us)),
  )
}

function ratio(records: readonly RunRecord[]): Ratio | undefined {
  return ratiosOf(records, [SPEC])[0]
}
