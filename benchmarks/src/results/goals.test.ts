import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultyRun, figuresOf, goodRuns } from '../test/run-records.js'
import { TRADELANE } from '../variants/variant-names.js'
import { type GoalResult, judgeGoals } from './goals.js'
import type { RunFigures, RunRecord } from './run-record.js'
import { summarize } from './summary.js'

test('a goal is judged by the median of the rounds, in milliseconds', () => {
  const goal = goalOf('normal, p99', goodRuns('normal', TRADELANE, [figuresOf(5_000), figuresOf(800), figuresOf(700)]))
  assert.deepEqual(goal?.measured, { median: 0.8, min: 0.7, max: 5 })
  assert.equal(goal?.limit, '0.9 ms')
  assert.equal(goal?.isReached, true)
})

test('a goal that holds for each run is missed when one run misses it', () => {
  const records = goodRuns('overload', TRADELANE, [figuresOf(500), figuresOf(500), figuresOf(3_001)])
  assert.equal(goalOf('overload, p99, each run', records)?.isReached, false)
})

test('a goal without a figure is missed, and one whose scenario was not planned is left out', () => {
  const records = [faultyRun('normal', TRADELANE, { by: 'run', fault: 'the simulator was late' })]
  assert.equal(goalOf('normal, p99', records)?.isReached, false)
  assert.equal(goalOf('storm, p99', records), undefined)
})

test('the limit of a slow client follows from its rate and the largest frame', () => {
  const path = { scheduled: figuresOf(90_000).scheduled, bookAge: null, frameBytesMax: 6_000, freshAfterUs: null }
  const figures: RunFigures = { ...figuresOf(500), paths: { '100 kB/s': path } }
  const goal = goalOf('slow-for-long at 100 kB/s, its own p99', goodRuns('slow-for-long', TRADELANE, [figures]))
  // 1.5 × 60 ms + 5 ms.
  assert.equal(goal?.limit, '95 ms')
  assert.equal(goal?.measured?.median, 90)
  assert.equal(goal?.isReached, true)
})

function goalOf(name: string, records: readonly RunRecord[]): GoalResult | undefined {
  return judgeGoals(summarize(records), records).find(goal => goal.name === name)
}
