// The gateway's turn, step by step: what one call does and what it leaves for the next.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BATCH_RECORDS_MAX, CATCH_UP_RECORDS_MAX, CORK_BYTES_MAX, FAN_OUT_SENDS_MAX, SLICES_US_MAX } from './limits.js'
import { Session } from './session.js'
import { MergeFixture } from './test/merge-fixture.js'
import type { TestClient } from './test/test-client.js'
import { STREAM } from './test/test-lanes.js'

test('one turn sends all new trades to every client, each in one cork, and no book', () => {
  const { fixture, clients } = settled(3)
  fixture.publishBook(0, 9)
  for (let count = 0; count < 10; count += 1) fixture.publishTrade()
  fixture.merge.doWork()
  for (const client of clients) {
    const trades = client.of('trade')
    assert.equal(trades.length, 10)
    assert.equal(new Set(trades.map(({ cork }) => cork)).size, 1)
    assert.equal(lastBook(client), 1)
  }
  fixture.merge.doWork()
  for (const client of clients) assert.equal(lastBook(client), 9)
})

test('a turn reads at most 256 trades and reports that there is more to do', () => {
  const { fixture, clients } = settled(2)
  for (let count = 0; count < BATCH_RECORDS_MAX + 1; count += 1) fixture.publishTrade()
  assert.ok(fixture.merge.doWork() > 0)
  assert.deepEqual(clients.map(tradesOf), [BATCH_RECORDS_MAX, BATCH_RECORDS_MAX])
  fixture.merge.doWork()
  assert.deepEqual(clients.map(tradesOf), [BATCH_RECORDS_MAX + 1, BATCH_RECORDS_MAX + 1])
})

test('with many clients a turn reads fewer trades, so that it stays as short', () => {
  const CLIENTS = 500
  const { fixture, clients } = settled(CLIENTS, { instrumentCount: 1 })
  for (let count = 0; count < 100; count += 1) fixture.publishTrade()
  fixture.merge.doWork()
  const perTurn = Math.floor(FAN_OUT_SENDS_MAX / CLIENTS)
  for (const client of clients) assert.equal(tradesOf(client), perTurn)
  while (fixture.merge.doWork() > 0);
  for (const client of clients) assert.equal(tradesOf(client), 100)
})

test('the client that is served first changes with every batch', () => {
  const { fixture, clients } = settled(3)
  const order: number[] = []
  for (const [index, client] of clients.entries()) client.onCork = () => order.push(index)
  for (let count = 0; count < 3; count += 1) {
    fixture.publishTrade()
    fixture.merge.doWork()
  }
  assert.equal(new Set([order[0], order[3], order[6]]).size, 3)
})

test('a trade that comes while books are sent waits for one cork, then goes before all other books', () => {
  const { fixture, clients } = settled(4)
  fixture.publishBook(0, 2)
  let isPublished = false
  for (const client of clients) {
    client.onSend = () => {
      if (isPublished) return
      isPublished = true
      fixture.publishTrade()
    }
  }
  assert.ok(fixture.merge.doWork() > 0, 'there is work left')
  assert.equal(clients.filter(client => lastBook(client) === 2).length, 1)
  fixture.merge.doWork()
  assert.deepEqual(clients.map(tradesOf), [1, 1, 1, 1])
  fixture.merge.doWork()
  assert.deepEqual(clients.map(lastBook), [2, 2, 2, 2])
})

test('a turn pumps for a millisecond; the first client that was not reached comes first in the next', () => {
  const CLIENTS = 12
  const { fixture, clients } = settled(CLIENTS, { clockMs: SLICES_US_MAX / 1_000 / 4 })
  const booksOf = (client: TestClient): number => client.of('order_book_l2').length - 1
  const TURNS = 24
  for (let turn = 0; turn < TURNS; turn += 1) {
    const before = clients.reduce((sum, client) => sum + booksOf(client), 0)
    fixture.publishBook(0, 2 + turn)
    assert.ok(fixture.merge.doWork() > 0)
    const served = clients.reduce((sum, client) => sum + booksOf(client), 0) - before
    assert.ok(served >= 1 && served <= 4, `${served} corks in a turn`)
    for (const client of clients) client.pongAll()
  }
  const counts = clients.map(booksOf)
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `shares ${counts}`)
})

test('one cork of books is at most 64 KiB and a frame', () => {
  const { fixture, clients } = settled(1, { instrumentCount: 40 })
  const client = clients[0]!
  // Pings are answered at once, so that credit grows to its maximum.
  for (let version = 2; version < 60; version += 1) {
    for (let index = 0; index < 40; index += 1) fixture.publishBook(index, version, 6_000)
    fixture.merge.doWork()
    client.pongAll()
    fixture.nowMs += 1
  }
  const corkBytes = new Map<number, number>()
  for (const { kind, cork, bytes } of client.frames) {
    if (kind === 'order_book_l2') corkBytes.set(cork, (corkBytes.get(cork) ?? 0) + bytes)
  }
  const largest = Math.max(...corkBytes.values())
  assert.ok(largest > CORK_BYTES_MAX / 2 && largest <= CORK_BYTES_MAX + 6_100, `${largest} B`)
})

test('a client that resumes is sent 64 trades a turn, after the caught-up clients', () => {
  const { fixture, clients } = settled(1)
  for (let count = 0; count < 200; count += 1) fixture.publishTrade()
  while (fixture.merge.doWork() > 0);
  const late = fixture.join(`since=${STREAM}:0`)
  clients[0]!.onSend = () => assert.equal(tradesOf(late), 0, 'caught-up clients come first')
  fixture.publishTrade()
  fixture.merge.doWork()
  assert.equal(tradesOf(clients[0]!), 201)
  assert.equal(tradesOf(late), CATCH_UP_RECORDS_MAX)
  while (fixture.merge.doWork() > 0);
  assert.deepEqual(
    late.of('trade').map(({ seq }) => seq),
    Array.from({ length: 201 }, (_, index) => index + 1),
  )
})

test('clients that resume get a millisecond of a turn, and at least one of them is served', () => {
  const { fixture, clients } = settled(1, { clockMs: 0.3 })
  for (let count = 0; count < 60; count += 1) fixture.publishTrade()
  while (fixture.merge.doWork() > 0);
  const crowd = Array.from({ length: 20 }, () => fixture.join(`since=${STREAM}:0`))
  for (const client of crowd) client.pongAll()
  const caughtUp = (): number => crowd.filter(client => tradesOf(client) >= 60).length
  fixture.merge.doWork()
  assert.ok(caughtUp() >= 1 && caughtUp() <= 5, `${caughtUp()} clients`)
  for (let turn = 0; turn < 20; turn += 1) {
    // So many that have just connected have a share of the time.
    fixture.nowMs += fixture.merge.msToNextDeadline()
    fixture.merge.doWork()
  }
  assert.equal(caughtUp(), 20)
  assert.equal(tradesOf(clients[0]!), 60)
})

test('where the log overtakes the gateway itself, every client gets one gap and is caught up in the same turn', () => {
  const { fixture, clients } = settled(3, { retained: 100 })
  for (let count = 0; count < 1_000; count += 1) fixture.publishTrade()
  fixture.merge.doWork()
  for (const client of clients) {
    const gaps = client.frames.filter(({ type }) => type === 'gap')
    assert.deepEqual(
      gaps.map(({ from, to }) => [from, to]),
      [[1, 900]],
    )
    assert.deepEqual([client.of('trade')[0]?.seq, client.of('trade').at(-1)?.seq], [901, 1_000])
  }
  assert.equal(fixture.counters().recordsMissed, 3 * 900)
  assert.equal(fixture.warnings.length, 3)
})

test('a client that leaves in the middle of a round does not make the round skip another', () => {
  for (let victim = 0; victim < 4; victim += 1) {
    const { fixture, clients } = settled(4)
    fixture.publishBook(0, 2)
    clients[victim]!.sendsLeft = 0
    fixture.merge.doWork()
    const others = clients.filter((_, index) => index !== victim)
    assert.deepEqual(others.map(lastBook), [2, 2, 2], `without ${victim}`)
    assert.ok(clients[victim]!.isClosed)
  }
})

test('a turn inside a turn is caught, not taken for a socket that ended', () => {
  const { fixture, clients } = settled(2)
  clients[0]!.onSend = () => fixture.merge.doWork()
  fixture.publishTrade()
  assert.throws(() => fixture.merge.doWork(), { name: 'AssertionError', message: 'a turn is never nested' })
  assert.equal(clients[0]!.isClosed, false)
})

test('a client that joins inside a turn is caught', () => {
  const { fixture, clients } = settled(1)
  clients[0]!.onSend = () => fixture.join()
  fixture.publishTrade()
  assert.throws(() => fixture.merge.doWork(), { name: 'AssertionError', message: 'no client joins during a turn' })
})

test('a client that is sent only part of a batch is caught', t => {
  const { fixture } = settled(1)
  t.mock.method(Session.prototype, 'sendTrades', () => {})
  fixture.publishTrade()
  assert.throws(() => fixture.merge.doWork(), { message: 'a caught-up client is sent the whole batch' })
})

test('a turn without work returns 0, so that the thread parks', () => {
  const { fixture } = settled(2)
  assert.equal(fixture.merge.doWork(), 0)
})

/** Clients that have everything, one book among it. */
function settled(clientCount: number, options: ConstructorParameters<typeof MergeFixture>[0] = {}) {
  const fixture = new MergeFixture(options)
  fixture.publishBook(0, 1)
  const clients = Array.from({ length: clientCount }, () => fixture.join())
  fixture.settle()
  return { fixture, clients }
}

function tradesOf(client: TestClient): number {
  return client.of('trade').length
}

function lastBook(client: TestClient): number | undefined {
  return client.of('order_book_l2').at(-1)?.version
}
