import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BenchArguments, readArguments } from './options.js'

test('a list is given with commas, with a repeated flag, or both', () => {
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

test('peers are measured in their own scenarios, once, and any of them can be named', () => {
  const { scenarios, roundCount, isPeers } = read('--peers')
  assert.deepEqual([isPeers, roundCount, ...scenarios], [true, 1, 'normal', 'burst', 'three-slow'])
  assert.deepEqual(read('--links').scenarios, ['links'])
  const named = read('--peers', '--variant', 'nats,socket.io', '--scenario', 'normal')
  assert.deepEqual([...named.variants, ...named.scenarios], ['nats', 'socket.io', 'normal'])
})

for (const [flags, message] of [
  [['--scenario', 'stormy'], /invalid --scenario "stormy"; expected one of quiet, /],
  [['--variant', 'fast'], /invalid --variant "fast"; expected one of tradelane, /],
  [['--fault', 'gremlin'], /invalid --fault "gremlin"; expected one of delayed-turn, /],
  [['--peer', 'http://127.0.0.1'], /invalid --peer "http:.*"; expected NAME=ws/],
  [['--rounds', '0'], /invalid --rounds "0"; expected a whole number 1\.\.100/],
  [['--accept', '--fault', 'stale-book'], /--accept cannot be used with --fault/],
  [['--peers', '--quick'], /--peers cannot be used with --quick/],
  [['--fresh'], /--fresh is of --peers and --links/],
  [['--variant', 'nats'], /invalid --variant "nats"/],
  [['--links', '--scenario', 'normal'], /--links cannot be used with --scenario/],
  [['--links', '--variant', 'nats'], /invalid --variant "nats"; expected one of tradelane, gated-loop/],
  [['--loud'], /--loud/],
] as const) {
  test(`${flags.join(' ')} is refused`, () => assert.throws(() => readArguments(flags), message))
}

function read(...flags: string[]): BenchArguments {
  const choice = readArguments(flags)
  assert(choice !== 'help')
  return choice
}
