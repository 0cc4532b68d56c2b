import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StolenTime } from '@tradelane/shared/thread/stolen-time'
import type { PhaseResult, TargetResult } from '../probe/probe-messages.js'
import type { FaultBy, RunOutcome } from '../results/run-record.js'
import { latencyOf } from '../test/run-records.js'
import { ECHO_P50_US_MAX, judgeRun, LATENESS_P50_US_MAX } from './run-judgement.js'
import { UsageMeter } from './usage-meter.js'

const LATENESS_P99_US_MAX = 5_000
const GOOD: PhaseResult = {
  phase: 'warm',
  tradeCount: 4_000,
  distinctCount: 400,
  scheduled: latencyOf(700),
  received: null,
  bookAge: null,
  lateness: latencyOf(200),
}
const TARGET: TargetResult = {
  name: '',
  failures: [],
  phases: [GOOD],
  booksChecked: 500,
  frameBytesMax: 6_000,
  currentAfterUs: null,
  freshAfterUs: null,
}

test('a run without a fault has figures; trades to drain clients count as delivered', () => {
  const outcome = judge([TARGET])
  assert(outcome.kind === 'figures')
  const figures = outcome.phases.get('warm')
  assert.equal(figures?.scheduled.p99Us, 700)
  assert.equal(figures?.tradesDelivered, 40_000)
  assert.equal(figures?.distinctTrades, 400)
  assert.deepEqual(figures?.usage.threadLoads, { ingest: 0.1 })
})

test('each phase has its figures, and one in which the simulator was late leaves none', () => {
  const early: PhaseResult = { ...GOOD, phase: 'early', scheduled: latencyOf(2_000) }
  const outcome = judge([{ ...TARGET, phases: [early, GOOD] }])
  assert(outcome.kind === 'figures')
  assert.deepEqual([...outcome.phases.keys()], ['early', 'warm'])
  assert.equal(outcome.phases.get('early')?.scheduled.p99Us, 2_000)
  const late = judge([{ ...TARGET, phases: [{ ...early, lateness: latencyOf(LATENESS_P99_US_MAX + 1) }, GOOD] }])
  assert(late.kind === 'fault' && late.by === 'machine')
  assert.match(late.faults[0] ?? '', /late in the early window/)
})

test('a failure of the probe leaves no figure and is a fault of the server', () => {
  check([{ ...TARGET, failures: ['1 trades lost'] }], { by: 'server', faults: ['1 trades lost'] })
})

test('a failure on a slow path is reported with its name', () => {
  const slow = { ...TARGET, name: '100 kB/s', failures: ['2 trades lost'] }
  check([TARGET, slow], { by: 'server', faults: ['100 kB/s: 2 trades lost'] })
})

test('what is wrong on a slow path of a peer stands beside its figures; what is wrong otherwise does not', () => {
  const slow = { ...TARGET, name: '100 kB/s', failures: ['2 trades lost'] }
  const outcome = judge([TARGET, slow], [], true)
  assert(outcome.kind === 'figures')
  assert.deepEqual(outcome.phases.get('warm')?.pathFaults, ['100 kB/s: 2 trades lost'])
  assert.equal(judge([{ ...TARGET, failures: ['1 trades lost'] }, slow], [], true).kind, 'fault')
})

test('a drain client whose connection ended leaves no figure', () => {
  check([TARGET], { by: 'server', faults: ['drain client: closed'] }, ['drain client: closed'])
})

test('a run without a delivered trade is a fault of the server', () => {
  check([{ ...TARGET, phases: [{ ...GOOD, scheduled: null }] }], { by: 'server', faults: ['no trade was delivered'] })
})

test('a late simulator makes the run void, by its median and by its tail', () => {
  for (const lateness of [
    { ...latencyOf(200), p50Us: LATENESS_P50_US_MAX + 1 },
    { ...latencyOf(200), p99Us: LATENESS_P99_US_MAX + 1 },
  ]) {
    const outcome = judge([{ ...TARGET, phases: [{ ...GOOD, lateness }] }])
    assert(outcome.kind === 'fault' && outcome.by === 'machine')
    assert.match(outcome.faults[0] ?? '', /^the simulator was late: p50 .* p99 /)
  }
})

test('a slow machine makes the run void', () => {
  const outcome = judge([TARGET], [], false, { ...latencyOf(200), p50Us: ECHO_P50_US_MAX + 1 })
  assert(outcome.kind === 'fault' && outcome.by === 'machine')
  assert.match(outcome.faults[0] ?? '', /^the machine is slow: .* p50 0\.701 ms/)
})

test('a server that loses trades is at fault even where the simulator was late', () => {
  const late = { ...latencyOf(200), p99Us: LATENESS_P99_US_MAX + 1 }
  check([{ ...TARGET, phases: [{ ...GOOD, lateness: late }], failures: ['1 trades lost'] }], {
    by: 'server',
    faults: ['1 trades lost'],
  })
})

function judge(
  targets: readonly TargetResult[],
  drainFaults: readonly string[] = [],
  isPeer = false,
  echo = latencyOf(200),
): RunOutcome {
  const process = new UsageMeter(null)
  const meters = { server: process, sim: process, probe: process, machine: new StolenTime() }
  return judgeRun({
    scenario: { clientCount: 10, drainClientCount: 90, latenessP99UsMax: LATENESS_P99_US_MAX },
    isPeer,
    result: { targets },
    witnessed: null,
    threadLoads: new Map([['warm', { ingest: 0.1 }]]),
    meters: new Map([['warm', meters]]),
    echo,
    drainFaults,
  })
}

function check(
  targets: readonly TargetResult[],
  expected: { readonly by: FaultBy; readonly faults: readonly string[] },
  drainFaults: readonly string[] = [],
): void {
  assert.deepEqual(judge(targets, drainFaults), { kind: 'fault', ...expected })
}
