// What the gateway does when no trade is left, slice by slice, and between socket events.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOOK_US_MAX, SLICES_US_MAX, STARVED_MS_MAX } from './limits.js'
import { MergeFixture } from './test/merge-fixture.js'
import type { TestClient } from './test/test-client.js'

test('a trade that comes during a chore waits for one slice of it, then goes before all other slices', () => {
  const { fixture, clients } = settled(3)
  const chore = endless(fixture, () => {
    if (chore.sliceCount === 2) fixture.publishTrade()
  })
  assert.ok(fixture.merge.doWork() > 0, 'there is work left')
  assert.equal(chore.sliceCount, 2)
  fixture.merge.doWork()
  assert.deepEqual(clients.map(tradesOf), [1, 1, 1])
  assert.equal(chore.sliceCount, 2)
})

test('books and chores take turns, slice by slice, however many of either wait', () => {
  const CLIENTS = 60
  const { fixture, clients } = settled(CLIENTS, { clockMs: SLICES_US_MAX / 1_000 / 7 })
  const chore = endless(fixture)
  let corkCount = 0
  for (const client of clients) {
    client.onCork = () => {
      corkCount += 1
    }
  }
  for (let turn = 0; turn < 30; turn += 1) {
    fixture.publishBook(0, 2 + turn)
    fixture.merge.doWork()
    for (const client of clients) client.pongAll()
  }
  assert.ok(corkCount >= 30 && Math.abs(corkCount - chore.sliceCount) <= 1, `${corkCount} and ${chore.sliceCount}`)
})

test('after 100 ms of turns full of trades a turn has one slice, of books and of a chore by turns', () => {
  const { fixture, clients } = settled(3)
  const chore = endless(fixture)
  const book = { corks: 0 }
  for (let turn = 0; turn < 60; turn += 1) {
    fixture.publishTrade()
    fixture.publishBook(0, 2 + turn)
    const before = clients.reduce((sum, client) => sum + client.of('order_book_l2').length, 0)
    fixture.merge.doWork()
    book.corks += clients.reduce((sum, client) => sum + client.of('order_book_l2').length, 0) - before
    for (const client of clients) client.pongAll()
    fixture.nowMs += 10
    if (turn < STARVED_MS_MAX / 10) assert.equal(book.corks + chore.sliceCount, 0)
  }
  const slices = 60 - STARVED_MS_MAX / 10
  assert.ok(Math.abs(book.corks + chore.sliceCount - slices) <= 1, `${book.corks} and ${chore.sliceCount}`)
  assert.ok(Math.abs(book.corks - chore.sliceCount) <= 1, `${book.corks} and ${chore.sliceCount}`)
})

test('a client that joins when nothing changes any more is sent what is on the boards', () => {
  const { fixture } = settled(2)
  while (fixture.merge.doWork() > 0);
  const joined = fixture.join()
  while (fixture.merge.doWork() > 0);
  assert.equal(joined.of('order_book_l2').length, 1)
})

test('in a long run of socket events, without a turn, trades that wait go between them', () => {
  const { fixture, clients } = settled(4)
  fixture.clockMs = LOOK_US_MAX / 1_000 / 10
  fixture.publishTrade()
  for (let event = 0; event < 4; event += 1) clients[0]!.sendMessage()
  assert.deepEqual(clients.map(tradesOf), [0, 0, 0, 0], 'the turn that the first event requested is near')
  for (let event = 0; event < 4; event += 1) clients[0]!.sendMessage()
  assert.deepEqual(clients.map(tradesOf), [1, 1, 1, 1])
  fixture.publishTrade()
  const joined = fixture.join()
  for (let event = 0; event < 8; event += 1) clients[1]!.sendMessage()
  assert.deepEqual(clients.map(tradesOf), [2, 2, 2, 2])
  assert.equal(tradesOf(joined), 0, 'it joined after that trade')
  fixture.publishTrade()
  fixture.clockMs = 0
  fixture.settle()
  assert.deepEqual([...clients, joined].map(tradesOf), [3, 3, 3, 3, 1])
})

test('a socket event within a turn, as when a client is ended, starts no sending of trades', () => {
  const { fixture, clients } = settled(2, { clockMs: 0.25 })
  clients[0]!.onSend = () => {
    fixture.publishTrade()
    clients[1]!.sendMessage()
    clients[0]!.onSend = () => {}
  }
  fixture.publishTrade()
  fixture.merge.doWork()
  assert.deepEqual(clients.map(tradesOf), [1, 1])
  fixture.merge.doWork()
  assert.deepEqual(clients.map(tradesOf), [2, 2])
})

/** Clients that have everything, one book among it. */
function settled(clientCount: number, options: ConstructorParameters<typeof MergeFixture>[0] = {}) {
  const fixture = new MergeFixture(options)
  fixture.publishBook(0, 1)
  const clients = Array.from({ length: clientCount }, () => fixture.join())
  fixture.settle()
  return { fixture, clients }
}

/** A chore that always has more to do. */
function endless(fixture: MergeFixture, work: () => void = () => {}) {
  const chore = {
    sliceCount: 0,
    runSlice: (): boolean => {
      chore.sliceCount += 1
      work()
      return true
    },
  }
  // Only this one is due.
  while (fixture.merge.doWork() > 0);
  fixture.chores.add(chore)
  return chore
}

function tradesOf(client: TestClient): number {
  return client.of('trade').length
}
