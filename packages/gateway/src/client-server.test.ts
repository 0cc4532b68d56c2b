// What clients are sent, and what happens to those that are slow, silent, hostile or gone. The sockets are virtual here;
// `worker.test.ts` has the real ones.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLOSE_MS, CUT_OFF_MS, TICK_MS, UNACKNOWLEDGED_BYTES_MAX } from './limits.js'
import { MergeFixture } from './test/merge-fixture.js'
import type { TestClient } from './test/test-client.js'
import { STREAM } from './test/test-lanes.js'
import { SendStatus } from './uws.js'

const STALL_MS = 10_000

test('a client that acknowledges nothing gets one gap with exact numbers and the newest books, and is logged', () => {
  const RETAINED = 500
  const fixture = new MergeFixture({ retained: RETAINED })
  const [slow, quick] = [fixture.join(), fixture.join()]
  fixture.settle()
  publishUntilOverrun(fixture, slow, quick)
  const stuckAt = slow.of('trade').length
  for (let count = 0; count < 2_000; count += 1) publishTo(fixture, quick)
  fixture.publishBook(0, 7)
  assert.equal(slow.of('trade').length, stuckAt, 'beyond the limit its cursor waits in the log')
  fixture.settle()
  const gaps = slow.frames.filter(({ type }) => type === 'gap')
  const oldest = fixture.newest - RETAINED + 1
  assert.deepEqual(
    gaps.map(({ from, to }) => [from, to]),
    [[stuckAt + 1, oldest - 1]],
  )
  assert.equal(slow.of('trade')[stuckAt]?.seq, oldest)
  assert.equal(slow.of('trade').at(-1)?.seq, fixture.newest)
  assert.equal(slow.of('order_book_l2').at(-1)?.version, 7)
  assert.equal(fixture.counters().recordsMissed, oldest - 1 - stuckAt)
  assert.equal(fixture.warnings.length, 1)
  assert.equal(quick.of('trade').length, fixture.newest, 'no other client missed anything')
})

test('a client that the log did not overtake gets every trade when it reads again', () => {
  const fixture = new MergeFixture({ retained: 20_000 })
  const [slow, quick] = [fixture.join(), fixture.join()]
  fixture.settle()
  publishUntilOverrun(fixture, slow, quick)
  for (let count = 0; count < 3_000; count += 1) publishTo(fixture, quick)
  fixture.settle()
  assert.deepEqual(
    slow.of('trade').map(({ seq }) => seq),
    Array.from({ length: fixture.newest }, (_, index) => index + 1),
  )
  assert.deepEqual(fixture.warnings, [])
})

for (const [where, since, first, gap] of [
  ['the oldest record kept', 100, 101, undefined],
  ['one before the oldest record kept', 99, 101, [100, 100]],
  ['the start of the stream', 0, 101, [1, 100]],
  ['the newest record', 200, 201, undefined],
  ['the newest record but one', 199, 200, undefined],
] as const) {
  test(`a resume at ${where} is exact`, () => {
    const fixture = new MergeFixture({ retained: 100 })
    for (let count = 0; count < 200; count += 1) fixture.publishTrade()
    const client = fixture.join(`since=${STREAM}:${since}`)
    fixture.settle()
    fixture.publishTrade()
    fixture.settle()
    const expected = Array.from({ length: 201 - first + 1 }, (_, index) => first + index)
    assert.deepEqual(
      client.of('trade').map(({ seq }) => seq),
      expected,
    )
    const gaps = client.frames.filter(({ type }) => type === 'gap').map(({ from, to }) => [from, to])
    assert.deepEqual(gaps, gap === undefined ? [] : [gap])
  })
}

for (const [what, since, reason] of [
  ['another stream', 'otherone:5', 'restart'],
  ['a sequence of this stream that does not exist yet', `${STREAM}:11`, 'restart'],
  ['nothing', '', 'bad_since'],
  ['what is no record', `${STREAM}:x`, 'bad_since'],
  ['two records', `${STREAM}:1&since=${STREAM}:2`, 'bad_since'],
] as const) {
  test(`a resume at ${what} is answered with a gap for the reason ${reason}, then continues live`, () => {
    const fixture = new MergeFixture()
    for (let count = 0; count < 10; count += 1) fixture.publishTrade()
    const client = fixture.join(`since=${since}`)
    fixture.settle()
    fixture.publishTrade()
    fixture.settle()
    const [welcome, gap, ...rest] = client.frames as unknown as Record<string, unknown>[]
    assert.equal(welcome?.['seq'], 10)
    assert.deepEqual(
      [gap?.['reason'], gap?.['from'], gap?.['to'], gap?.['missed'], gap?.['stream']],
      [reason, null, null, null, STREAM],
    )
    assert.deepEqual(
      client.of('trade').map(({ seq }) => seq),
      [11],
    )
    assert.ok(rest.every(frame => frame['type'] !== 'gap'))
  })
}

test('a stream without records can be resumed at 0', () => {
  const fixture = new MergeFixture()
  const client = fixture.join(`since=${STREAM}:0`)
  fixture.publishTrade()
  fixture.settle()
  assert.deepEqual(
    client.frames.map(({ type, kind, seq }) => (type === 'status' ? type : (type ?? `${kind} ${seq}`))),
    ['welcome', 'trade 1', 'status', 'status', 'status'],
  )
})

test('a client that accepts nothing is ended with 1013 after the stall time, whatever it sends, and cut off if stuck', () => {
  const fixture = new MergeFixture({ clientStallMs: STALL_MS })
  const [stalled, honest] = [fixture.join(), fixture.join()]
  fixture.settle()
  stalled.isStuckAtEnd = true
  for (let ms = 0; ms <= STALL_MS + 500; ms += TICK_MS) {
    publishTo(fixture, honest)
    stalled.sendMessage()
    stalled.pong(Buffer.from('TLK1\0\0\xff\xff', 'latin1'))
    passTick(fixture)
  }
  assert.deepEqual(stalled.ends, [{ code: 1013, reason: 'stalled' }])
  assert.deepEqual(honest.ends, [])
  assert.equal(fixture.counters().clientsStalled, 1)
  assert.equal(fixture.warnings.length, 1)
  assert.equal(stalled.isClosed, false)
  for (let ms = 0; ms <= CUT_OFF_MS; ms += TICK_MS) passTick(fixture)
  assert.ok(stalled.isClosed)
  assert.equal(fixture.sessions.size, 1)
})

test('a quiet client, and one that never answers but empties its buffer, are not stalled', () => {
  const fixture = new MergeFixture({ clientStallMs: STALL_MS })
  const [quiet, mute] = [fixture.join(), fixture.join()]
  for (let ms = 0; ms < 2 * STALL_MS; ms += TICK_MS) {
    if (ms < 1_000) quiet.pongAll()
    passTick(fixture)
  }
  for (let ms = 0; ms < 2 * STALL_MS; ms += TICK_MS) {
    fixture.publishTrade()
    quiet.pongAll()
    passTick(fixture)
  }
  assert.deepEqual([...quiet.ends, ...mute.ends], [])
  assert.equal(mute.of('trade').length, fixture.newest, 'it gets all its trades')
})

test('a client that drains slowly is not stalled while it drains', () => {
  const fixture = new MergeFixture({ clientStallMs: STALL_MS })
  const client = fixture.join()
  fixture.settle()
  fixture.publishTrade()
  client.bufferedBytes = 100_000
  for (let ms = 0; ms < 3 * STALL_MS; ms += TICK_MS) {
    if (ms % 1_000 === 0) client.bufferedBytes -= 1
    passTick(fixture)
  }
  assert.equal(client.ends.length, 0)
  for (let ms = 0; ms <= STALL_MS; ms += TICK_MS) passTick(fixture)
  assert.equal(client.ends[0]?.code, 1013)
})

test('a frame that the socket drops ends the client instead of leaving a gap', () => {
  const fixture = new MergeFixture()
  const [unlucky, other] = [fixture.join(), fixture.join()]
  fixture.settle()
  unlucky.status = SendStatus.dropped
  fixture.publishTrade()
  fixture.settle()
  passTick(fixture)
  assert.deepEqual(unlucky.ends, [{ code: 1013, reason: 'too slow' }])
  assert.equal(fixture.counters().sendsFailed, 1)
  assert.equal(other.of('trade').length, 1)
})

test('on shutdown every client gets a Close frame; clients that join or leave meanwhile do not delay it', async () => {
  const fixture = new MergeFixture()
  const clients = [fixture.join(), fixture.join(), fixture.join()]
  clients[1]!.close()
  clients[0]!.isStuckAtEnd = true
  const ended = fixture.server.endAll()
  clients.push(fixture.join())
  clients[0]!.close()
  fixture.timers.runUntil(CLOSE_MS)
  await ended
  assert.deepEqual(
    clients.map(({ ends }) => ends[0]?.code),
    [1001, undefined, 1001, 1001],
  )
  assert.equal(fixture.sessions.size, 0)
})

test('clients are counted, msgpack ones separately, as they join and leave', () => {
  const fixture = new MergeFixture()
  const packed = fixture.join('format=msgpack')
  const plain = fixture.join()
  passTick(fixture)
  assert.deepEqual([fixture.counters().clientsConnected, fixture.cell.msgpackClients()], [2, 1])
  packed.close()
  plain.sendsLeft = 0
  fixture.publishTrade()
  fixture.settle()
  passTick(fixture)
  const { clientsConnected, clientsTotal } = fixture.counters()
  assert.deepEqual([clientsConnected, clientsTotal, fixture.cell.msgpackClients()], [0, 2, 0])
})

function passTick(fixture: MergeFixture): void {
  fixture.nowMs += TICK_MS
  fixture.tick()
  while (fixture.merge.doWork() > 0);
}

/** One trade, which this client acknowledges. */
function publishTo(fixture: MergeFixture, acknowledging: TestClient): void {
  fixture.publishTrade(0, 'x'.repeat(600))
  fixture.merge.doWork()
  acknowledging.pongAll()
}

function publishUntilOverrun(fixture: MergeFixture, slow: TestClient, acknowledging: TestClient): void {
  const trades = UNACKNOWLEDGED_BYTES_MAX / 600
  while (slow.of('trade').length === fixture.newest && fixture.newest < trades) publishTo(fixture, acknowledging)
  const byteCount = slow.of('trade').reduce((sum, { bytes }) => sum + bytes, 0)
  assert.ok(Math.abs(byteCount - UNACKNOWLEDGED_BYTES_MAX) < 2_000, `${byteCount} B`)
}
