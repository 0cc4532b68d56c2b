import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BenchArguments, readArguments } from './options.js'

test('lists may be given with commas and again', () => {
  const { scenarios, variants } = read('--scenario', 'normal,burst', '--scenario', 'storm', '--variant', 'compact')
  assert.deepEqual(scenarios, ['normal', 'burst', 'storm'])
  assert.deepEqual(variants, ['compact'])
})

test('the quick form compares with the single loop, unless another variant is named', () => {
  assert.deepEqual(read('--quick').variants, ['single-loop'])
  assert.deepEqual(read('--quick', '--variant', 'raw-uws').variants, ['raw-uws'])
})

test('a peer is a name and an address', () => {
  assert.deepEqual(read('--peer', 'old=ws://127.0.0.1:9001').peers, [{ name: 'old', url: 'ws://127.0.0.1:9001' }])
})

for (const [flags, message] of [
  [['--scenario', 'stormy'], /--scenario: "stormy" is none of quiet, /],
  [['--variant', 'fast'], /--variant: "fast" is none of /],
  [['--fault', 'gremlin'], /--fault: "gremlin" is none of delayed-turn, /],
  [['--peer', 'http://127.0.0.1'], /--peer: .* is not NAME=ws/],
  [['--rounds', '0'], /--rounds: "0" is not a whole number 1\.\.100/],
  [['--accept', '--fault', 'stale-book'], /--accept: a broken product is no baseline/],
  [['--loud'], /--loud/],
] as const) {
  test(`${flags.join(' ')} is refused`, () => assert.throws(() => readArguments(flags), message))
}

function read(...flags: string[]): BenchArguments {
  const choice = readArguments(flags)
  assert(choice !== 'help')
  return choice
}
