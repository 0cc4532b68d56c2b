import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultyRun, figuresOf, goodRuns } from '../test/run-records.js'
import { RAW_FLOOR, SINGLE_LOOP, TRADELANE } from '../variants/variant-names.js'
import { judgeGoals } from './goals.js'
import { summarize } from './summary.js'
import { formatResults } from './table.js'

const RECORDS = [
  ...goodRuns('normal', TRADELANE, [figuresOf(2_000), figuresOf(1_000), figuresOf(4_000)]),
  ...goodRuns('normal', RAW_FLOOR, [figuresOf(500), figuresOf(500), figuresOf(500)]),
  faultyRun('normal', SINGLE_LOOP, { by: 'run', fault: 'the simulator was late' }),
]

test('a row shows median, least and most, and what is above the floor', () => {
  const row = lineOf(TRADELANE)
  assert.match(row, / 2\.00 \(1\.00–4\.00\) /)
  // p50 is p99 ÷ 4 in these records: (2,000 − 500) ÷ 4 and 2,000 − 500.
  assert.match(row, / 0\.38 \/ 1\.50 /)
})

test('a row without figures says why', () => {
  assert.match(lineOf(SINGLE_LOOP), /no figure: 0 of the rounds/)
  assert.match(text(), /single-loop: round 1, attempt 1: the simulator was late/)
})

test('goals are printed as a Markdown table', () => {
  assert.match(text(), /\n\| normal, p99 \| 0\.9 ms \| 2\.00 \(1\.00–4\.00\) ms \| no \|\n/)
})

function text(): string {
  return formatResults({
    rows: summarize(RECORDS),
    ratios: [],
    goals: judgeGoals(summarize(RECORDS), RECORDS),
    gates: [],
  })
}

function lineOf(variant: string): string {
  return (
    text()
      .split('\n')
      .find(line => line.startsWith(`  ${variant} `)) ?? ''
  )
}
