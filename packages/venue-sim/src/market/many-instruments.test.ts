import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scenarioOf } from '../schedule/scenario.js'
import { WeightedTargets } from '../schedule/targets.js'
import { manyPairs, rateFactor } from './many-instruments.js'
import { Random } from './random.js'

test('a count is of all products together, and every pair has its own name', () => {
  assert.deepEqual(
    manyPairs(18, 6).map(({ base }) => base),
    ['btc', 'eth', 'sol'],
  )
  const many = manyPairs(3_000, 6)
  assert.equal(new Set(many.map(({ base, quote }) => base + quote)).size, 500)
  assert.equal(manyPairs(7, 6).length, 2)
})

test('the first of many instruments have most of the events, and the rates of the first three are those of three alone', () => {
  const market = { instrumentCount: 50 } as never
  const targets = new WeightedTargets(Array.from({ length: 50 }, (_, instrument) => ({ market, instrument })))
  const counts = new Array<number>(50).fill(0)
  const random = new Random(1)
  for (let draw = 0; draw < 45_000; draw += 1) counts[targets.pick(random).instrument]! += 1
  // Weights 1, 1/2, …, 1/50 add up to 4.499.
  assert.ok(Math.abs(counts[0]! - 10_000) < 400, `${counts[0]}`)
  assert.ok(Math.abs(counts[1]! - 5_000) < 300, `${counts[1]}`)
  assert.ok(counts[49]! > 100 && counts[49]! < 300, `${counts[49]}`)
  const ofFirstThree = scenarioOf('normal', undefined, undefined, 50).tradesPerSecond * ((1 + 1 / 2 + 1 / 3) / 4.499)
  assert.ok(Math.abs(ofFirstThree - 100) < 0.1)
  assert.equal(rateFactor(3), 1)
  assert.equal(scenarioOf('normal', undefined, 500, 50).tradesPerSecond, 500)
})
