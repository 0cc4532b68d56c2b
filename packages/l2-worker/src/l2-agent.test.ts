// The agent of a shard, driven in virtual time. `worker.test.ts` tests it in a thread of its own.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DepthRingConsumer } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { BEHIND_MS_MAX, CAUGHT_UP_MS, RECORDS_PER_TURN_MAX, SWEEP_INTERVAL_MS } from './limits.js'
import { THROTTLE_MS } from './test/shard-start.js'
import { VirtualShard } from './test/virtual-shard.js'

test('with a fault every two seconds each book that is shown is exact, and in the end all are live', () => {
  const shard = runWithFaults(1, 120)
  assert.ok(shard.isCurrent())
  const { bookGaps, bookLosses, depthFramesMalformed, bookResyncs } = shard.counters()
  for (const count of [bookGaps, bookLosses, depthFramesMalformed, bookResyncs]) assert.ok(count > 5, `${count}`)
})

test('the same seed gives the same run, another seed another', () => {
  const [first, again, other] = [2, 2, 3].map(seed => runWithFaults(seed, 30).journal)
  assert.ok(first !== undefined && first.length > 500)
  assert.deepEqual(again, first)
  assert.notDeepEqual(other, first)
})

test('a book goes out at most once per interval, and its last state at the end of the interval', () => {
  const shard = liveShard()
  const firstLine = shard.journal.length
  for (let step = 0; step < 400; step += 1) {
    shard.stepAll()
    shard.pass(3)
  }
  shard.pass(THROTTLE_MS)
  assert.ok(shard.isCurrent())
  const lastUs = new Map<string, number>()
  for (const [atUs, index] of shard.journal.slice(firstLine).map(line => line.split(' '))) {
    const sinceUs = Number(atUs) - (lastUs.get(index!) ?? Number.NEGATIVE_INFINITY)
    assert.ok(sinceUs >= THROTTLE_MS * 1_000 - 1, `${sinceUs} µs`)
    lastUs.set(index!, Number(atUs))
  }
})

test('a shard behind withholds its books; once caught up it shows them again, without a resync', () => {
  const shard = liveShard()
  const { bookResyncs } = shard.counters()
  for (let step = 0; step < RECORDS_PER_TURN_MAX; step += 1) shard.stepAll()
  // No turn meanwhile, as if the thread had no CPU.
  shard.nowUs += (BEHIND_MS_MAX + 1) * 1_000
  shard.agent.doWork()
  shard.pass(0)
  assert.ok(shard.cells.every(({ status, reason }) => status === CellStatus.stale && reason === StatusReason.overload))
  shard.pass(CAUGHT_UP_MS - 1)
  assert.ok(
    shard.cells.every(({ status }) => status === CellStatus.stale),
    'not yet',
  )
  shard.pass(SWEEP_INTERVAL_MS)
  assert.ok(shard.isCurrent())
  assert.equal(shard.counters().bookResyncs, bookResyncs)
})

test('a record that comes at the end of a turn, after a quiet time, does not make the shard behind', t => {
  const shard = liveShard()
  shard.nowUs += (BEHIND_MS_MAX + 1) * 1_000
  const { hasRecord } = DepthRingConsumer.prototype
  const comesLate = function (this: DepthRingConsumer): boolean {
    shard.stepAll()
    return hasRecord.call(this)
  }
  t.mock.method(DepthRingConsumer.prototype, 'hasRecord', comesLate, { times: 1 })
  shard.agent.doWork()
  shard.pass(THROTTLE_MS)
  assert.equal(shard.counters().fellBehind, 0)
  assert.ok(shard.isCurrent())
})

test('an idle shard asks for a turn only to sweep', () => {
  const shard = liveShard()
  const startUs = shard.nowUs
  let turns = 0
  for (; shard.nowUs < startUs + 1_000_000; turns += 1) {
    assert.equal(shard.agent.doWork(), 0)
    shard.nowUs += shard.agent.msToNextDeadline() * 1_000
  }
  assert.equal(turns, 1_000 / SWEEP_INTERVAL_MS)
})

test('a nested turn is caught', () => {
  const shard = liveShard()
  shard.onResync = () => shard.agent.doWork()
  assert.throws(() => {
    for (let count = 0; count < 100; count += 1) {
      shard.fault()
      shard.pass(50)
    }
  }, /a turn is never nested/)
})

test('a second consumer of the ring is caught in the next turn', () => {
  const shard = liveShard()
  new DepthRingConsumer(shard.start.depthRing)
  assert.throws(() => shard.agent.doWork(), /a depth ring has one consumer/)
})

test('time that goes back is caught', () => {
  const shard = liveShard()
  shard.nowUs -= 1_000_000
  assert.throws(() => shard.agent.doWork(), /time never goes back/)
})

function liveShard(): VirtualShard {
  const shard = new VirtualShard(7)
  shard.link()
  shard.stepAll()
  shard.pass(1_000)
  assert.ok(shard.isCurrent())
  return shard
}

/** Ten frames a second and market, a fault every two seconds; then some calm. */
function runWithFaults(seed: number, seconds: number): VirtualShard {
  const shard = new VirtualShard(seed)
  shard.link()
  for (let step = 0; step < seconds * 10; step += 1) {
    shard.stepAll()
    if (step % 20 === 10) shard.fault()
    shard.pass(100)
  }
  for (let step = 0; step < 300 && !shard.isCurrent(); step += 1) {
    shard.stepAll()
    shard.pass(100)
  }
  return shard
}
