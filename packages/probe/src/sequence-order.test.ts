import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SequenceOrder } from './sequence-order.js'

test('a rising sequence without gaps from the welcome on is in order', () => {
  check({ welcome: 7, sequences: [8, 9, 10] }, { missed: 0, disordered: 0 })
})

test('a gap counts what is missing, from the welcome on', () => {
  check({ welcome: 7, sequences: [9, 10, 14] }, { missed: 1 + 3, disordered: 0 })
})

test('a repeated or lower sequence is out of order', () => {
  check({ welcome: 7, sequences: [8, 8, 9, 3, 10] }, { missed: 0, disordered: 2 })
})

test('what an overrun gap announced is not missed', () => {
  const order = new SequenceOrder({ isFiltered: false })
  order.start(7)
  order.announce(99)
  order.meet(100)
  order.meet(102)
  assert.equal(order.missed, 1)
})

test('a filter makes gaps that mean nothing, but the order stays', () => {
  check({ welcome: 7, sequences: [20, 30, 25], isFiltered: true }, { missed: 0, disordered: 1 })
})

test('a server without a sequence in its welcome is judged from its first trade on', () => {
  check({ welcome: Number.NaN, sequences: [20, 21, 23] }, { missed: 1, disordered: 0 })
})

function check(
  given: { welcome: number; sequences: readonly number[]; isFiltered?: boolean },
  expected: { missed: number; disordered: number },
): void {
  const order = new SequenceOrder({ isFiltered: given.isFiltered ?? false })
  order.start(given.welcome)
  for (const sequence of given.sequences) order.meet(sequence)
  assert.deepEqual({ missed: order.missed, disordered: order.disordered }, expected)
}
