import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DepthRingProducer } from '@tradelane/shared/lanes/depth-ring'
import { Counters, createCounters } from '@tradelane/shared/thread/counters'
import { systemTimers, type Timers } from '@tradelane/shared/thread/timers'
import { RING_PAUSE_RATIO, RING_RESUME_RATIO } from '../limits.js'
import { CountedConnection, DepthFixture } from '../test/depth-fixture.js'
import { until } from '../test/recorded-log.js'
import { DepthRings } from './depth-rings.js'

test('a ring three quarters full pauses the connections that fill it, until it is half empty', async () => {
  const fixture = new DepthFixture()
  fixture.fillTo(RING_PAUSE_RATIO - 0.01)
  assert.equal(fixture.connection.pauses, 0)
  const { shard } = fixture.first
  const bell = shard.bell()
  fixture.fillTo(RING_PAUSE_RATIO)
  assert.equal(fixture.connection.pauses, 1)
  assert.ok(shard.bell() > bell, 'the shard is woken: it must drain')
  fixture.fillTo(0.9)
  assert.equal(fixture.connection.pauses, 1, 'paused once')
  assert.equal(fixture.otherConnection.pauses, 0, 'the other shard has room')
  fixture.drainTo(RING_RESUME_RATIO + 0.02)
  await new Promise(resolve => setTimeout(resolve, 40))
  assert.equal(fixture.connection.resumes, 0, 'still more than half full')
  fixture.drainTo(RING_RESUME_RATIO)
  await until('the connection continues', () => fixture.connection.resumes === 1)
  assert.equal(fixture.otherConnection.resumes, 0)
  fixture.fillTo(RING_PAUSE_RATIO)
  assert.equal(fixture.connection.pauses, 2, 'and pauses again')
  assert.equal(fixture.first.count('bookPauses'), 2)
  assert.equal(fixture.first.count('l2FramesLost'), 0)
})

test('a connection that is added while its ring is full begins paused', async () => {
  const fixture = new DepthFixture()
  fixture.fillTo(RING_PAUSE_RATIO)
  const late = new CountedConnection()
  fixture.rings.add(late, 0)
  assert.equal(late.pauses, 1)
  fixture.drainTo(RING_RESUME_RATIO)
  await until('both continue', () => late.resumes === 1 && fixture.connection.resumes === 1)
})

test('a connection that fills its ring while it resumes is paused again, with one check for all rings', () => {
  const fills = [1, 1]
  const checks: (() => void)[] = []
  const timers: Timers = { ...systemTimers, setTimeout: check => ({ at: checks.push(check) }) }
  const rings = new DepthRings(new Counters(createCounters(1), 0), timers)
  const producers = fills.map((_, shard) => ({
    fillRatio: () => fills[shard],
    isFilledTo: (share: number) => fills[shard]! >= share,
    ring() {},
  }))
  rings.reshard(producers as unknown as DepthRingProducer[], [0, 1])
  const [first, second] = [new CountedConnection(), new CountedConnection()]
  for (const [shard, connection] of [first, second].entries()) {
    rings.add(connection, shard)
    rings.checkFill(shard)
  }
  first.resume = () => {
    first.resumes += 1
    fills[0] = 1
    rings.checkFill(0)
  }
  fills[0] = 0
  assert.equal(checks.length, 1)
  checks.pop()?.()
  assert.equal(first.pauses, 2)
  assert.equal(checks.length, 1, 'the second ring is still full')
  fills.fill(0)
  first.resume = CountedConnection.prototype.resume
  checks.pop()?.()
  assert.deepEqual([first.resumes, second.resumes, checks.length], [2, 1, 0])
})

test('a connection of no shard is refused', () => {
  assert.throws(() => new DepthFixture().rings.add(new CountedConnection(), 2), /a shard has a ring/)
})
