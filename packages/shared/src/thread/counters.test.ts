import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counters, createCounters, METRIC_NAMES, readCounters, readThreadCounters } from './counters.js'
import { METRICS } from './metric-table.js'

test('a counter starts at 0 and counts up by one or by more; a gauge is set', () => {
  const block = createCounters(1)
  const counters = new Counters(block, 0)
  assert.ok(Object.values(readCounters(block)).every(count => count === 0))
  counters.add('pings')
  counters.add('pings', 41)
  counters.set('clientsConnected', 7)
  counters.set('clientsConnected', 3)
  const sums = readCounters(block)
  assert.equal(sums.pings, 42)
  assert.equal(sums.clientsConnected, 3)
})

test('a negative count is caught', () => {
  const counters = new Counters(createCounters(1), 0)
  assert.throws(() => counters.add('pings', -1), /a counter only grows/)
  assert.throws(() => counters.set('clientsConnected', -1), /a gauge is never negative/)
})

test('a counter cannot be set, and a gauge cannot be added to', () => {
  const counters = new Counters(createCounters(1), 0)
  // @ts-expect-error a counter
  counters.set('pings', 1)
  // @ts-expect-error a gauge
  counters.add('clientsConnected')
})

test('every name has a word of its own', () => {
  const block = createCounters(1)
  const counters = new Counters(block, 0)
  METRIC_NAMES.forEach((name, index) => {
    counters.add(name as 'pings', index + 1)
  })
  assert.deepEqual(
    Object.values(readCounters(block)),
    METRIC_NAMES.map((_, index) => index + 1),
  )
  assert.equal(new Set(METRIC_NAMES).size, METRIC_NAMES.length)
})

test('every row has a unit, and a sentence without its end', () => {
  for (const [name, { unit, about }] of Object.values(METRICS).flatMap(table => Object.entries(table))) {
    assert.match(unit, /^[a-zµ]+$/, name)
    assert.match(about, /^[a-zA-Z].*[^.]$/, name)
  }
})

test('threads count separately and are read as a sum', () => {
  const block = createCounters(3)
  for (let thread = 0; thread < 3; thread += 1) new Counters(block, thread).add('pongs', 10 ** thread)
  assert.equal(readCounters(block).pongs, 111)
  assert.equal(readThreadCounters(block, 1).pongs, 10)
})

test('of a peak the largest of the threads counts', () => {
  const block = createCounters(3)
  for (const [thread, us] of [70, 200, 90].entries()) new Counters(block, thread).set('lookGapUsMax', us)
  assert.equal(readCounters(block).lookGapUsMax, 200)
})

test('counts beyond 2^32 stay exact', () => {
  const block = createCounters(1)
  const counters = new Counters(block, 0)
  counters.add('bytesSent', 2 ** 52)
  counters.add('bytesSent', 1)
  assert.equal(readCounters(block).bytesSent, 2 ** 52 + 1)
})

test('a successor continues the counts of the thread before it', () => {
  const block = createCounters(1)
  new Counters(block, 0).add('clientsTotal', 5)
  new Counters(block, 0).add('clientsTotal', 1)
  assert.equal(readCounters(block).clientsTotal, 6)
})

test('a thread that the block does not have is refused', () => {
  const block = createCounters(2)
  new Counters(block, 1)
  for (const thread of [-1, 2]) assert.throws(() => new Counters(block, thread), /no such thread/)
})

for (const [name, index] of [
  ['magic', 0],
  ['version', 1],
  ['number of names', 3],
] as const) {
  test(`a block with another ${name} is refused`, () => {
    const block = createCounters(1)
    const words = new Int32Array(block)
    words[index] = words[index]! + 1
    assert.throws(() => new Counters(block, 0))
    assert.throws(() => readCounters(block))
  })
}
