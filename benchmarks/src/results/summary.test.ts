import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultyRun, figuresOf, goodRuns } from '../test/run-records.js'
import { summarize } from './summary.js'

test('a row is the median and the range of its rounds', () => {
  const [row] = summarize(goodRuns('normal', 'a', [figuresOf(30), figuresOf(10), figuresOf(20)]))
  assert.deepEqual(row?.figures?.p99Us, { median: 20, min: 10, max: 30 })
  assert.deepEqual(row?.figures?.curveUs[0], { median: 2, min: 1, max: 3 })
  assert.equal(row?.serverFaultCount, 0)
})

test('a row has no figures where one of its rounds has none', () => {
  const records = [
    ...goodRuns('normal', 'a', [figuresOf(30), figuresOf(10)]),
    faultyRun('normal', 'a', { by: 'run', fault: 'the simulator was late', round: 3 }),
  ]
  const [row] = summarize(records)
  assert.equal(row?.figures, null)
  assert.deepEqual(row?.faults, ['round 3, attempt 1: the simulator was late'])
  assert.equal(row?.serverFaultCount, 0)
})

test('faults are in the order of their weight: what an attempt after a void one found is not hidden behind it', () => {
  const [row] = summarize([
    faultyRun('normal', 'a', { by: 'machine', fault: ['late early', 'late'] }),
    faultyRun('normal', 'a', { by: 'run', fault: 'ended with code 1', round: 2 }),
    faultyRun('normal', 'a', { by: 'server', fault: '1 trades lost', round: 3 }),
  ])
  assert.deepEqual(row?.faults, [
    'round 3, attempt 1: 1 trades lost',
    'round 2, attempt 1: ended with code 1',
    'round 1, attempt 1: late early',
    'round 1, attempt 1: late',
  ])
})

test('a fault of the server is counted even where its round has figures', () => {
  const records = [
    faultyRun('normal', 'a', { by: 'server', fault: '1 trades lost' }),
    ...goodRuns('normal', 'a', [figuresOf(30)]),
  ]
  const [row] = summarize(records)
  assert.equal(row?.figures?.p99Us.median, 30)
  assert.equal(row?.serverFaultCount, 1)
})
