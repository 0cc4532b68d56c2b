import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { RENUMBERED_MS } from '../limits.js'
import { type Ordered, StateOrder } from './state-order.js'

interface Event extends Ordered {
  readonly price: number
}

/** Received at this millisecond. */
function event(price: number, atMs = 0): Event {
  return { price, receivedUs: (atMs * 1_000) as MonotonicUs }
}

test('what is older by its number is refused, what is newer is taken', () => {
  const order = new StateOrder<Event>()
  const takes = [5, 6, 4, 6, 7, 1, 8].map((number, atMs) => order.take(event(number, atMs), number, null, atMs))
  assert.deepEqual(takes, [true, true, false, true, true, false, true])
})

test('the same state of a connection that was slower is refused, a later one with the same number is taken', () => {
  const order = new StateOrder<Event>()
  assert.ok(order.take(event(1, 10), 5, null, 10))
  assert.ok(!order.take(event(1, 9), 5, null, 11))
  assert.ok(!order.isInDoubt)
  assert.ok(order.take(event(2, 12), 5, null, 12))
})

test('a new count is recognised at once by a later time of the venue', () => {
  const order = new StateOrder<Event>()
  assert.ok(order.take(event(1), 1_000, 50_000_000, 0))
  assert.ok(!order.take(event(2), 3, 50_900_000, 1), 'sockets may stamp an event differently')
  assert.ok(order.take(event(3), 4, 51_100_000, 2))
  assert.ok(order.take(event(4), 5, 51_200_000, 3))
})

test('without times a new count is recognised by its persistence, and its newest state is shown', () => {
  const order = new StateOrder<Event>()
  order.take(event(1), 1_000, null, 0)
  assert.ok(!order.take(event(2), 1, null, 100))
  assert.ok(!order.take(event(3), 2, null, 200))
  assert.equal(order.takeRenumbered(99 + RENUMBERED_MS), undefined)
  assert.equal(order.takeRenumbered(100 + RENUMBERED_MS)?.price, 3)
  assert.ok(order.take(event(4), 3, null, 200 + RENUMBERED_MS))
})

test('what an overlap repeats is never taken for a new count: the venue comes back to where it was', () => {
  const order = new StateOrder<Event>()
  order.take(event(1, 5), 1_000, null, 0)
  for (let number = 990; number < 1_000; number += 1) assert.ok(!order.take(event(number, 1), number, null, 1))
  assert.ok(order.isInDoubt)
  assert.ok(!order.take(event(1, 4), 1_000, null, 2))
  assert.equal(order.takeRenumbered(10 * RENUMBERED_MS), undefined)
})
