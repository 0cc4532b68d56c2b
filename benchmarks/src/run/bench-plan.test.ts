import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SINGLE_LOOP, TRADELANE } from '../variants/variant-names.js'
import { builtInVariants, peerVariant } from '../variants/variant-table.js'
import { type PlanChoice, type PlannedRun, planOf, selectVariants } from './bench-plan.js'

const ALL = builtInVariants()
const CHOICE: PlanChoice = { isQuick: false, scenarios: [], variants: ALL, isNamed: false, peers: [], roundCount: 3 }
const QUICK = { ...CHOICE, isQuick: true, variants: selectVariants(ALL, [SINGLE_LOOP]), isNamed: true }

test('the quick form is tradelane and the single loop in normal and burst, once, with enough trades', () => {
  assert.deepEqual(runsOf({ ...QUICK, roundCount: 1 }), [
    '1 normal tradelane',
    '1 normal single-loop',
    '1 burst single-loop',
    '1 burst tradelane',
  ])
  for (const { scenario } of planOf(QUICK).runs) assert.equal(scenario.tradeRate, 400)
  for (const { scenario } of planOf(CHOICE).runs) assert.equal(scenario.tradeRate, undefined)
})

test('variants take turns within a round, and each round begins with another one', () => {
  const normal = runsOf(QUICK).filter(run => run.includes('normal'))
  assert.deepEqual(normal, [
    '1 normal tradelane',
    '1 normal single-loop',
    '2 normal single-loop',
    '2 normal tradelane',
    '3 normal tradelane',
    '3 normal single-loop',
  ])
})

test('a scenario with its own number of rounds has them for tradelane only, and not in a quick look', () => {
  const rounds = (roundCount: number, variant: string): number =>
    runsOf({ ...CHOICE, roundCount, scenarios: ['slow-for-long'], variants: ALL, isNamed: true }).filter(run =>
      run.endsWith(variant),
    ).length
  assert.equal(rounds(3, TRADELANE), 1)
  assert.equal(rounds(3, SINGLE_LOOP), 3)
  assert.equal(rounds(2, TRADELANE), 2)
})

test('a variant that is named takes part in every scenario; others take part where the scenario says', () => {
  const named = { ...CHOICE, variants: selectVariants(ALL, [SINGLE_LOOP]), isNamed: true, roundCount: 1 }
  assert(runsOf(named).includes('1 stopped-client single-loop'))
  assert(!runsOf({ ...CHOICE, roundCount: 1 }).includes('1 stopped-client single-loop'))
})

test('a peer takes part in every scenario', () => {
  const peers = [peerVariant('other', 'ws://127.0.0.1:1', 9_100)]
  const runs = runsOf({ ...CHOICE, peers, roundCount: 1 })
  const scenarios = new Set(runs.map(run => run.split(' ')[1]))
  for (const scenario of scenarios) assert(runs.includes(`1 ${scenario} other`))
})

function runsOf(choice: PlanChoice): string[] {
  const describe = ({ round, scenario, variant }: PlannedRun): string => `${round} ${scenario.name} ${variant.name}`
  return planOf(choice).runs.map(describe)
}
