// The visit to every client about every 50 ms, by a clock that the test moves.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEEPALIVE_MS, TICK_MS, TICK_SENDS_MAX } from './limits.js'
import { MergeFixture } from './test/merge-fixture.js'

test('every client that was sent something is pinged within 50 ms, in slices of a few', () => {
  const CLIENTS = 5 * TICK_SENDS_MAX
  const { fixture, clients } = settled(CLIENTS)
  fixture.publishTop(0, 2)
  fixture.merge.doWork()
  const before = clients.map(({ pings }) => pings.length)
  const slices: number[] = []
  fixture.onLook = () => slices.push(0)
  for (const client of clients) client.onPing = () => slices.push((slices.pop() ?? 0) + 1)
  pass(fixture, TICK_MS)
  assert.deepEqual(
    clients.map(({ pings }, index) => pings.length - before[index]!),
    clients.map(() => 1),
  )
  assert.equal(Math.max(...slices), TICK_SENDS_MAX)
})

test('a ping that is due goes out with books, in their cork, and the next visit does not ping again', () => {
  const { fixture, clients } = settled(1)
  const client = clients[0]!
  fixture.publishTop(0, 2)
  fixture.merge.doWork()
  fixture.nowMs += TICK_MS + 1
  const pingCount = client.pings.length
  fixture.publishTop(0, 3)
  fixture.merge.doWork()
  assert.equal(client.pings.length, pingCount + 1)
  assert.equal(client.pingCorks.at(-1), client.of('order_book_l1').at(-1)?.cork)
  client.pongAll()
  pass(fixture, 5)
  assert.equal(client.pings.length, pingCount + 1)
  pass(fixture, TICK_MS)
  assert.equal(client.pings.length, pingCount + 2, 'for the frame that the ping was in front of')
  assert.equal(client.pingCorks.at(-1), 0)
})

test('a client that is gone when it is pinged does not make the round skip another', () => {
  const { fixture, clients } = settled(TICK_SENDS_MAX)
  fixture.publishTop(0, 2)
  fixture.merge.doWork()
  const before = clients.map(({ pings }) => pings.length)
  const [leaving, staying] = [clients.slice(0, 3), clients.slice(3)]
  for (const client of leaving) client.onPing = () => client.close()
  pass(fixture, TICK_MS)
  for (const client of staying) assert.equal(client.pings.length, before[clients.indexOf(client)]! + 1)
})

test('clients that leave in the middle of a round, or join, keep no other from being visited', () => {
  const { fixture, clients } = settled(3 * TICK_SENDS_MAX)
  fixture.publishTop(0, 2)
  fixture.merge.doWork()
  const before = clients.map(({ pings }) => pings.length)
  let pingCount = 0
  const [leaving, staying] = [clients.slice(0, TICK_SENDS_MAX + 3), clients.slice(TICK_SENDS_MAX + 3)]
  for (const client of clients) {
    client.onPing = () => {
      pingCount += 1
      if (pingCount === TICK_SENDS_MAX / 2) for (const each of leaving) if (!each.isClosed) each.close()
    }
  }
  pass(fixture, TICK_MS)
  const joined = fixture.join()
  for (const client of staying) assert.equal(client.pings.length, before[clients.indexOf(client)]! + 1)
  fixture.settle()
  pass(fixture, KEEPALIVE_MS)
  assert.ok(joined.pings.length > 1)
})

test('the counters and the gap between looks are current after a round, also without clients', () => {
  const fixture = new MergeFixture({ clockMs: 0.01 })
  pass(fixture, TICK_MS)
  assert.equal(fixture.counters().clientsConnected, 0)
  fixture.join()
  for (let tick = 0; tick < 50; tick += 1) pass(fixture, TICK_MS)
  const { clientsConnected, framesSent, lookGapUsMax, lookGapUsRecent } = fixture.counters()
  assert.equal(clientsConnected, 1)
  assert.ok(framesSent > 0)
  assert.ok(lookGapUsRecent > 0 && lookGapUsRecent <= lookGapUsMax, `${lookGapUsRecent} of ${lookGapUsMax} µs`)
})

function settled(clientCount: number) {
  const fixture = new MergeFixture()
  fixture.publishTop(0, 1)
  const clients = Array.from({ length: clientCount }, () => fixture.join())
  fixture.settle()
  return { fixture, clients }
}

/** The timer fires after this time. */
function pass(fixture: MergeFixture, ms: number): void {
  fixture.nowMs += ms
  fixture.tick()
  while (fixture.merge.doWork() > 0);
}
