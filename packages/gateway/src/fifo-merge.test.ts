// The order of sends with ISOLATION=off, recorded at the sockets: first in, first out, and no frame waits for a pong.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import fc from 'fast-check'
import { FifoMerge } from './fifo-merge.js'
import { BATCH_RECORDS_MAX, UNACKNOWLEDGED_BYTES_MAX } from './limits.js'
import { MergeFixture } from './test/merge-fixture.js'
import type { TestClient, TestFrame } from './test/test-client.js'

const INSTRUMENTS = 3

class FifoFixture extends MergeFixture {
  /** Receive time of each trade, by sequence. */
  readonly #tradeUs: number[] = []

  constructor(options: { retained?: number } = {}) {
    super({ instrumentCount: INSTRUMENTS, newMerge: parts => new FifoMerge(parts), ...options })
  }

  tradeAt(us: number, text = ''): void {
    this.receivedUs = us
    this.#tradeUs[this.publishTrade(0, text, us as MonotonicUs)] = us
  }

  topAt(us: number, index = 0): void {
    this.receivedUs = us
    this.publishTop(index, us)
  }

  bookAt(us: number, index = 0, bytes = 200): void {
    this.receivedUs = us
    this.publishBook(index, us, bytes)
  }

  /** `trade 3`, `order_book_l2 7`: the kind and the receive time. */
  orderOf(frames: readonly TestFrame[]): string[] {
    return frames.filter(({ type }) => type === undefined).map(frame => `${frame.kind} ${this.usOf(frame)}`)
  }

  usOf(frame: TestFrame): number {
    return frame.kind === 'trade' ? (this.#tradeUs[frame.seq] ?? Number.NaN) : frame.version
  }
}

test('trades, state and books leave in the order in which they were received, in one cork', () => {
  const fixture = new FifoFixture()
  const client = fixture.join()
  fixture.merge.doWork()
  const before = client.frames.length
  fixture.bookAt(5)
  fixture.tradeAt(2)
  fixture.topAt(3)
  fixture.tradeAt(3)
  fixture.tradeAt(6)
  fixture.bookAt(1, 1)
  fixture.merge.doWork()
  const frames = client.frames.slice(before)
  assert.deepEqual(fixture.orderOf(frames), [
    'order_book_l2 1',
    'trade 2',
    'trade 3',
    'order_book_l1 3',
    'order_book_l2 5',
    'trade 6',
  ])
  assert.equal(new Set(frames.map(({ cork }) => cork)).size, 1)
})

test('a client that joins gets the welcome, then every state and book', () => {
  const fixture = new FifoFixture()
  for (let index = 0; index < INSTRUMENTS; index += 1) {
    fixture.topAt(10 + index, index)
    fixture.bookAt(20 + index, index)
  }
  fixture.setLink(true)
  fixture.tradeAt(30)
  const client = fixture.join()
  fixture.merge.doWork()
  assert.equal(client.frames[0]?.type, 'welcome')
  const expected = [10, 11, 12].map(us => `order_book_l1 ${us}`).concat([20, 21, 22].map(us => `order_book_l2 ${us}`))
  assert.deepEqual(fixture.orderOf(client.frames), expected)
  const statuses = client.frames.filter(({ type }) => type === 'status')
  assert.equal(statuses.length, INSTRUMENTS + 1)
  assert.equal(fixture.merge.doWork(), 0, 'nothing is left to do')
})

test('books need no credit: a client that never answers is sent far more at once than any credit', () => {
  const fixture = new FifoFixture()
  const client = fixture.join()
  for (let round = 1; round <= 40; round += 1) {
    fixture.bookAt(round, 0, 15_000)
    fixture.merge.doWork()
  }
  assert.equal(client.of('order_book_l2').length, 40)
})

test('a withheld book is reported by its status and not sent', () => {
  const fixture = new FifoFixture()
  const client = fixture.join()
  fixture.bookAt(1)
  fixture.withholdBook(0)
  fixture.merge.doWork()
  assert.equal(client.of('order_book_l2').length, 0)
  const statuses = client.frames.filter(({ type, instrument }) => type === 'status' && instrument?.base === 'coin0')
  assert.deepEqual(
    statuses.map(({ state }) => state),
    ['stale'],
  )
})

test('what a client does not accept is bounded: its cursor waits, one gap reports what it missed, then it gets the newest', () => {
  const fixture = new FifoFixture({ retained: 1_000 })
  const [slow, other] = [fixture.join(), fixture.join()]
  let us = 0
  for (let round = 0; round < 3_000; round += 1) {
    us += 1
    fixture.tradeAt(us, 'x'.repeat(600))
    fixture.bookAt(us)
    fixture.merge.doWork()
    other.pongAll()
  }
  const bytes = slow.frames.reduce((sum, frame) => sum + frame.bytes, 0)
  assert.ok(bytes >= UNACKNOWLEDGED_BYTES_MAX && bytes < UNACKNOWLEDGED_BYTES_MAX + 2_000, `${bytes} bytes`)
  assert.equal(other.of('trade').length, 3_000)
  fixture.settle()
  const gaps = slow.frames.filter(({ type }) => type === 'gap')
  assert.equal(gaps.length, 1)
  const missed = (gaps[0]?.to ?? 0) - (gaps[0]?.from ?? 0) + 1
  assert.equal(slow.of('trade').length + missed, 3_000)
  assert.equal(slow.of('order_book_l2').at(-1)?.version, us)
  assert.equal(fixture.counters().recordsMissed, missed)
})

test('after a full batch no state is sent before older trades', () => {
  const fixture = new FifoFixture()
  const client = fixture.join()
  fixture.merge.doWork()
  const before = client.frames.length
  for (let us = 1; us <= BATCH_RECORDS_MAX + 10; us += 1) fixture.tradeAt(us)
  fixture.topAt(BATCH_RECORDS_MAX + 5)
  fixture.settle()
  assertInOrder(fixture, client.frames.slice(before))
})

test('a turn inside a turn is caught', () => {
  const fixture = new FifoFixture()
  const client = fixture.join()
  client.onSend = () => fixture.merge.doWork()
  fixture.tradeAt(1)
  assert.throws(() => fixture.merge.doWork(), { name: 'AssertionError', message: 'a turn is never nested' })
})

type Step = { readonly act: 'trade' | 'top' | 'book'; readonly late: number; readonly index: number } | { act: 'turn' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>({ act: 'turn' }),
  fc.record({
    act: fc.constantFrom('trade' as const, 'top' as const, 'book' as const),
    // Throttled books are published later than what was received after them.
    late: fc.nat(20),
    index: fc.nat(INSTRUMENTS - 1),
  }),
)

test('over random interleavings every cork is in order, no trade is missing and the newest of every cell arrives', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const fixture = new FifoFixture()
      const client = fixture.join()
      const newest = new Map<string, number>()
      let us = 100
      for (const each of steps) {
        us += 1
        if (each.act === 'turn') fixture.merge.doWork()
        else if (each.act === 'trade') fixture.tradeAt(us)
        else {
          newest.set(`${each.act} ${each.index}`, us - each.late)
          if (each.act === 'top') fixture.topAt(us - each.late, each.index)
          else fixture.bookAt(us - each.late, each.index)
        }
      }
      fixture.settle()
      assertNewest(client, newest)
      const sequences = client.of('trade').map(({ seq }) => seq)
      assert.deepEqual(
        sequences,
        Array.from({ length: fixture.newest }, (_, index) => index + 1),
      )
      const corks = new Map<number, TestFrame[]>()
      for (const frame of client.frames) corks.set(frame.cork, [...(corks.get(frame.cork) ?? []), frame])
      for (const frames of corks.values()) assertInOrder(fixture, frames)
    }),
    { numRuns: 100 },
  )
})

function assertInOrder(fixture: FifoFixture, frames: readonly TestFrame[]): void {
  const stamps = frames.filter(({ type }) => type === undefined).map(frame => fixture.usOf(frame))
  assert.deepEqual(
    stamps,
    stamps.toSorted((left, right) => left - right),
  )
}

function assertNewest(client: TestClient, newest: ReadonlyMap<string, number>): void {
  for (const [name, us] of newest) {
    const [act, index] = name.split(' ')
    const ofCell = client
      .of(act === 'top' ? 'order_book_l1' : 'order_book_l2')
      .filter(each => `${each.index}` === index)
    assert.equal(ofCell.at(-1)?.version, us, name)
  }
}
