import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ATTACKS } from './attack-table.js'
import { EXPECTATIONS } from './expectations.js'
import { HELP, readArguments, TOGETHER } from './options.js'

test('without flags: all attacks, three pairs of two seconds', () => {
  const expected = { isQuick: false, only: [], pairCount: 3, windowMs: 2_000, tradeRate: 500, seed: 1 }
  assert.deepEqual(readArguments([]), expected)
  assert.deepEqual(readArguments(['--quick']), { ...expected, isQuick: true, pairCount: 9, windowMs: 1_500 })
})

test('attacks are named, several with commas', () => {
  const choice = readArguments(['--only', `text-burst,${TOGETHER}`, '--only', 'ping-burst'])
  assert.ok(choice !== 'help')
  assert.deepEqual(choice.only, ['text-burst', TOGETHER, 'ping-burst'])
})

test('what is wrong is named with what is accepted', () => {
  assert.throws(() => readArguments(['--only', 'x']), /^Error: invalid --only "x"; expected one of pipelined-health, /)
  assert.throws(() => readArguments(['--pairs', '0']), /invalid --pairs "0"; expected a whole number 1\.\.100$/)
  assert.throws(() => readArguments(['--seconds', '1e3']), /invalid --seconds "1e3"; expected a number 0\.5\.\.60$/)
})

test('each attack has a name of its own, a line in the help, and an expectation', () => {
  const names = ATTACKS.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  for (const name of names) assert.ok(HELP.includes(`  ${name} `), name)
  assert.deepEqual(Object.keys(EXPECTATIONS).sort(), [...names].sort())
})
