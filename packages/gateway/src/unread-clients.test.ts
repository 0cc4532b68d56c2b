// Clients that have not shown that they read: their trades come after those of all others, and have a share of the time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEEPALIVE_MS, UNACKNOWLEDGED_BYTES_MAX, UNREAD_MS } from './limits.js'
import { MergeFixture } from './test/merge-fixture.js'
import type { TestClient } from './test/test-client.js'

const CROWD = 50
/** For each reading of the clock: a send to a client takes one or two. */
const CLOCK_MS = 0.01
/** Of a second: the share of the others, and what the two clients that read take. */
const BUSY_MS_MAX = 150

test('trades go first to the clients that read, wherever they are among the others', () => {
  const { fixture, crowd, readers } = crowded()
  const order: TestClient[] = []
  for (const client of [...crowd, ...readers]) client.onSend = () => void order.push(client)
  fixture.publishTrade()
  fixture.merge.doWork()
  assert.deepEqual(new Set(order.slice(0, readers.length)), new Set(readers))
  assert.ok(order.length > readers.length, 'the others follow in the same turn')
})

test('a trade that comes while the others are served goes to the clients that read before the next of them', () => {
  const { fixture, crowd, readers } = crowded()
  let sendCount = 0
  for (const client of crowd) {
    client.onSend = () => {
      sendCount += 1
      if (sendCount === 3) fixture.publishTrade()
    }
  }
  fixture.publishTrade()
  fixture.merge.doWork()
  fixture.merge.doWork()
  assert.deepEqual(readers.map(tradesOf), [2, 2])
  assert.ok(sendCount < CROWD, `${sendCount} of the crowd`)
})

test('a crowd that answers its first pings only comes second too, and first once it goes on', () => {
  const { fixture, crowd, readers } = crowded()
  const order: TestClient[] = []
  const turn = (): TestClient[] => {
    order.length = 0
    fixture.publishTrade()
    while (fixture.merge.doWork() > 0);
    return order.slice(0, readers.length)
  }
  for (const client of [...crowd, ...readers]) client.onSend = () => void order.push(client)
  for (const client of crowd) client.pong(client.pings[0]!)
  turn()
  assert.deepEqual(new Set(turn()), new Set(readers))
  fixture.settle()
  // Only one of many sets of two is that of the readers.
  const firsts = Array.from({ length: 4 }, turn).flat()
  assert.ok(
    firsts.some(client => !readers.includes(client)),
    'all are alike',
  )
})

test('a few clients that have just connected are served with the others', () => {
  const { fixture, readers } = crowded()
  const joined = fixture.join()
  while (fixture.merge.doWork() > 0);
  joined.pongAll()
  const order: TestClient[] = []
  for (const client of fixture.clients) client.onSend = () => void order.push(client)
  fixture.publishTrade()
  fixture.merge.doWork()
  assert.deepEqual(new Set(order.slice(0, readers.length + 1)), new Set([...readers, joined]))
})

test('a crowd that does not read has a share of the time, and gets everything in order', () => {
  const { fixture, crowd, readers } = crowded()
  const startMs = fixture.nowMs
  let busyMs = 0
  let published = 0
  while (fixture.nowMs < startMs + 1_000) {
    fixture.publishTrade()
    published += 1
    const turnMs = fixture.nowMs
    while (fixture.merge.doWork() > 0);
    assert.deepEqual(readers.map(tradesOf), [published, published], 'at once')
    busyMs += fixture.nowMs - turnMs
    fixture.nowMs += 1
  }
  // Without a share 380, and all of it with more clients.
  assert.ok(busyMs < BUSY_MS_MAX, `${busyMs} ms of a second`)
  fixture.nowMs += fixture.merge.msToNextDeadline()
  while (fixture.merge.doWork() > 0 || fixture.merge.msToNextDeadline() < 1_000) {
    fixture.nowMs += Math.min(100, fixture.merge.msToNextDeadline())
  }
  for (const client of crowd) {
    const numbers = client.of('trade').map(({ seq }) => seq)
    assert.deepEqual(
      numbers,
      Array.from({ length: published }, (_, index) => index + 1),
    )
  }
})

test('a client that stops answering comes second, and first again once it answers', () => {
  const fixture = new MergeFixture()
  const clients = [fixture.join(), fixture.join()] as const
  fixture.settle()
  const order: TestClient[] = []
  for (const client of clients) client.onSend = () => void order.push(client)
  const [stopped, reader] = clients
  const turn = (): TestClient | undefined => {
    order.length = 0
    fixture.publishTrade()
    while (fixture.merge.doWork() > 0);
    return order[0]
  }
  for (let ms = 0; ms <= UNREAD_MS + 1_000; ms += 50) {
    turn()
    fixture.nowMs += 50
    fixture.tick()
    while (fixture.merge.doWork() > 0);
    reader.pongAll()
  }
  // Twice: a round begins with another client each time.
  assert.deepEqual([turn(), turn()], [reader, reader])
  stopped.pongAll()
  assert.deepEqual(new Set([turn(), turn()]), new Set(clients))
})

test('a client that acknowledges by message what it has not read gets nothing while its buffer is full', () => {
  const fixture = new MergeFixture()
  const client = fixture.join('ack=1')
  fixture.settle()
  client.bufferedBytes = UNACKNOWLEDGED_BYTES_MAX
  fixture.publishTrade()
  fixture.publishBook(0, 1)
  while (fixture.merge.doWork() > 0);
  assert.deepEqual([tradesOf(client), client.of('order_book_l2').length], [0, 0])
  client.bufferedBytes -= 1
  while (fixture.merge.doWork() > 0);
  assert.deepEqual([tradesOf(client), client.of('order_book_l2').length], [1, 1])
})

test('a client whose book waits for credit gets at once the status that withholds the book', () => {
  const fixture = new MergeFixture({ instrumentCount: 2 })
  const client = fixture.join()
  fixture.settle()
  const statusCount = (): number => client.frames.filter(({ type }) => type === 'status').length
  // It answers nothing: three of these use up most of its credit.
  for (let version = 1; version <= 4; version += 1) {
    fixture.publishBook(0, version, 4_500)
    while (fixture.merge.doWork() > 0);
  }
  assert.equal(client.of('order_book_l2').length, 3, 'the fourth waits')
  const before = statusCount()
  fixture.withholdBook(0)
  while (fixture.merge.doWork() > 0);
  assert.equal(statusCount(), before + 1)
})

/** Two clients that read, among others that answer nothing. */
function crowded() {
  const fixture = new MergeFixture({ instrumentCount: 1, clockMs: CLOCK_MS, retained: 5_000 })
  const join = (): TestClient[] => Array.from({ length: CROWD / 2 }, () => fixture.join())
  const first = join()
  const readers = [fixture.join()]
  const crowd = [...first, ...join()]
  readers.push(fixture.join())
  const turn = (): void => {
    while (fixture.merge.doWork() > 0);
  }
  turn()
  for (const reader of readers) reader.pongAll()
  turn()
  // A quiet client is pinged so seldom; its answer shows that it still reads.
  fixture.nowMs += KEEPALIVE_MS
  fixture.tick()
  turn()
  for (const reader of readers) reader.pongAll()
  turn()
  return { fixture, crowd, readers }
}

function tradesOf(client: TestClient): number {
  return client.of('trade').length
}
