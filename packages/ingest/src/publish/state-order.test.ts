import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { RENUMBERED_MS } from '../limits.js'
import { type Ordered, StateOrder } from './state-order.js'

interface Event extends Ordered {
  readonly price: number
}

/** Received at this millisecond. */
function event(price: number, atMs = 0): Pick<Event, 'price' | 'receivedUs'> {
  return { price, receivedUs: (atMs * 1_000) as MonotonicUs }
}

/** Its time is that of what it takes. */
class OrderInTime extends StateOrder<Event> {
  readonly #clock: { ms: number }

  constructor(clock = { ms: 0 }) {
    super('sequence', () => clock.ms)
    this.#clock = clock
  }

  takeAt(event: Pick<Event, 'price' | 'receivedUs'>, sequence: number, venueUs: number | null, nowMs: number): boolean {
    this.#clock.ms = nowMs
    return this.take({ ...event, sequence, venueUs: (venueUs ?? Number.NaN) as WallUs })
  }
}

test('what is older by its number is refused, what is newer is taken', () => {
  const order = new OrderInTime()
  const takes = [5, 6, 4, 6, 7, 1, 8].map((number, atMs) => order.takeAt(event(number, atMs), number, null, atMs))
  assert.deepEqual(takes, [true, true, false, true, true, false, true])
})

test('the same state of a connection that was slower is refused, a later one with the same number is taken', () => {
  const order = new OrderInTime()
  assert.ok(order.takeAt(event(1, 10), 5, null, 10))
  assert.ok(!order.takeAt(event(1, 9), 5, null, 11))
  assert.ok(!order.isInDoubt)
  assert.ok(order.takeAt(event(2, 12), 5, null, 12))
})

test('a new count is recognised at once by a later time of the venue', () => {
  const order = new OrderInTime()
  assert.ok(order.takeAt(event(1), 1_000, 50_000_000, 0))
  assert.ok(!order.takeAt(event(2), 3, 50_900_000, 1), 'sockets may stamp an event differently')
  assert.ok(order.takeAt(event(3), 4, 51_100_000, 2))
  assert.ok(order.takeAt(event(4), 5, 51_200_000, 3))
})

test('without times a new count is recognised by its persistence, and its newest state is shown', () => {
  const order = new OrderInTime()
  order.takeAt(event(1), 1_000, null, 0)
  assert.ok(!order.takeAt(event(2), 1, null, 100))
  assert.ok(!order.takeAt(event(3), 2, null, 200))
  assert.equal(order.takeRenumbered(99 + RENUMBERED_MS), undefined)
  assert.equal(order.takeRenumbered(100 + RENUMBERED_MS)?.price, 3)
  assert.ok(order.takeAt(event(4), 3, null, 200 + RENUMBERED_MS))
})

test('what an overlap repeats is never taken for a new count: the venue comes back to where it was', () => {
  const order = new OrderInTime()
  order.takeAt(event(1, 5), 1_000, null, 0)
  for (let number = 990; number < 1_000; number += 1) assert.ok(!order.takeAt(event(number, 1), number, null, 1))
  assert.ok(order.isInDoubt)
  assert.ok(!order.takeAt(event(1, 4), 1_000, null, 2))
  assert.equal(order.takeRenumbered(10 * RENUMBERED_MS), undefined)
})

test('where a state has no number, its time is the order, and a later one is no new count', () => {
  const order = new StateOrder<Event>('time', () => 0)
  const takes = [50_000_000, 52_000_000, 51_000_000].map(us => order.take({ ...event(1), venueUs: us as WallUs }))
  assert.deepEqual(takes, [true, true, false])
})
