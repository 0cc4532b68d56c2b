// How much the gateway does between two looks for trades, with 500 clients and 1,000 instruments, each part alone. Judged by
// counts, which are the same on every machine; in the parts that are bounded by time each reading of the clock moves it on.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ChangeLog } from './change-log.js'
import { Credit } from './credit.js'
import { IndexSet } from './index-set.js'
import { SCAN_COPIES_MAX, TICK_MS, TICK_SENDS_MAX, VISITS_MAX } from './limits.js'
import { MergeFixture } from './test/merge-fixture.js'
import type { TestClient } from './test/test-client.js'

const CLIENTS = 500
const INSTRUMENTS = 1_000
/** Of state and books, and of a link. */
const CELLS = 2 * INSTRUMENTS + 1
/** Fifty readings of the clock until a socket event has to look. */
const CLOCK_MS = 0.021

/** Counts something, and keeps the largest number between two looks. */
class Between {
  most = 0
  total = 0
  #count = 0

  constructor(fixture: MergeFixture) {
    fixture.onLook = () => {
      this.#count = 0
    }
  }

  readonly count = (): void => {
    this.total += 1
    this.#count += 1
    this.most = Math.max(this.most, this.#count)
  }
}

test('clients that connect in one go', () => {
  const fixture = newFixture()
  const joins = new Between(fixture)
  for (let index = 0; index < CLIENTS; index += 1) {
    fixture.join()
    joins.count()
  }
  assertBounded(joins, 10, CLIENTS)
})

test('the statuses and books of a client that just connected', () => {
  const fixture = newFixture()
  const client = fixture.join()
  const sends = new Between(fixture)
  client.onSend = sends.count
  // Every answer lets its credit grow, up to a full cork of small frames.
  for (let turn = 0; turn < 100; turn += 1) {
    fixture.merge.doWork()
    client.pongAll()
  }
  // A cork reads the clock after every eighth frame.
  assertBounded(sends, 100, CELLS)
})

test('the change of every cell', t => {
  const { fixture } = connected()
  fixture.merge.doWork()
  publishAll(fixture)
  const marks = new Between(fixture)
  countCalls(t, IndexSet.prototype, 'add', marks)
  for (let turn = 0; turn < 30; turn += 1) fixture.merge.doWork()
  // One client's, after the last copies of a pass.
  assertBounded(marks, CELLS + SCAN_COPIES_MAX, 50 * CELLS)
})

test('the copies of every cell, as after a long pause', t => {
  const { fixture } = connected()
  publishAll(fixture)
  const copies = new Between(fixture)
  countCalls(t, ChangeLog.prototype, 'add', copies)
  for (let turn = 0; turn < 20; turn += 1) fixture.merge.doWork()
  assertBounded(copies, SCAN_COPIES_MAX, CELLS - 1)
})

test('the pings to all clients', () => {
  const { fixture, clients } = unacknowledging()
  const pings = new Between(fixture)
  for (const client of clients) client.onPing = pings.count
  tick(fixture)
  assertBounded(pings, TICK_SENDS_MAX, CLIENTS)
})

test('the visits to clients that need nothing', t => {
  const { fixture } = connected(0, 1)
  fixture.settle()
  const visits = new Between(fixture)
  countCalls(t, Credit.prototype, 'tick', visits)
  tick(fixture)
  assertBounded(visits, VISITS_MAX, CLIENTS)
})

test('clients that accept nothing and are ended in one go', () => {
  const { fixture, clients } = unacknowledging({ clientStallMs: 1_000 })
  fixture.nowMs += 1_000
  const ends = new Between(fixture)
  for (const client of clients) {
    const { onClose } = client
    client.onClose = () => {
      ends.count()
      onClose()
    }
  }
  tick(fixture)
  assertBounded(ends, TICK_SENDS_MAX, CLIENTS)
})

for (const [what, act] of [
  ['clients that disconnect in one go', (client: TestClient) => client.close()],
  ['pongs of all clients', (client: TestClient) => client.pongAll()],
  ['messages of all clients', (client: TestClient) => client.sendMessage()],
] as const) {
  test(what, () => {
    const { fixture, clients } = connected(CLOCK_MS, 1)
    const events = new Between(fixture)
    for (const client of clients) {
      act(client)
      events.count()
    }
    assertBounded(events, 60, CLIENTS)
  })
}

/** `total`: of what was to be counted, at least. */
function assertBounded(between: Between, most: number, total: number): void {
  assert.ok(between.total >= total, `only ${between.total} in all`)
  assert.ok(between.most <= most, `${between.most} between two looks, of ${between.total}`)
}

function newFixture(clockMs = CLOCK_MS, instrumentCount = INSTRUMENTS, options: { clientStallMs?: number } = {}) {
  const fixture = new MergeFixture({ instrumentCount, clockMs, ...options })
  publishAll(fixture)
  while (fixture.merge.doWork() > 0);
  return fixture
}

function connected(...args: Parameters<typeof newFixture>) {
  const fixture = newFixture(...args)
  const clients = Array.from({ length: CLIENTS }, () => fixture.join())
  return { fixture, clients }
}

/** They accept nothing any more, neither the newest frame nor a ping. */
function unacknowledging(options: { clientStallMs?: number } = {}) {
  const { fixture, clients } = connected(0, 1, options)
  fixture.settle()
  publishAll(fixture)
  while (fixture.merge.doWork() > 0);
  return { fixture, clients }
}

function publishAll(fixture: MergeFixture): void {
  for (const index of fixture.instruments.keys()) {
    fixture.publishTop(index, fixture.nowMs)
    fixture.publishBook(index, fixture.nowMs)
  }
}

function tick(fixture: MergeFixture): void {
  fixture.nowMs += TICK_MS
  fixture.tick()
  while (fixture.merge.doWork() > 0);
}

/** Not with `t.mock`, which keeps every call. */
function countCalls<Name extends string>(
  t: TestContext,
  prototype: Record<Name, (...args: never[]) => unknown>,
  name: Name,
  between: Between,
): void {
  const original = prototype[name]
  t.after(() => {
    prototype[name] = original
  })
  prototype[name] = function counted(this: unknown, ...args: never[]): unknown {
    between.count()
    return original.apply(this, args)
  }
}
