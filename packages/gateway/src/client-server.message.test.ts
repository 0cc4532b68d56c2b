// Clients that acknowledge by message (`?ack=1`): every frame is numbered, and only valid acknowledgements free credit. The
// sockets are virtual here; `intermediary.paced.e2e.test.ts` has real ones.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unpack } from '@tradelane/shared/wire/test/unpack'
import { FifoMerge } from './fifo-merge.js'
import { KEEPALIVE_MS, NO_PONG_MS, TICK_MS } from './limits.js'
import type { NewMerge } from './merge.js'
import { PriorityMerge } from './priority-merge.js'
import { MergeFixture } from './test/merge-fixture.js'
import { type TestClient, withoutNumber } from './test/test-client.js'

const MERGES: Readonly<Record<string, NewMerge>> = {
  priority: options => new PriorityMerge(options),
  fifo: options => new FifoMerge(options),
}

for (const [name, newMerge] of Object.entries(MERGES)) {
  test(`${name}: every frame has the next number, from 1 at the welcome, and is otherwise that of any client`, () => {
    const fixture = new MergeFixture({ newMerge, retained: 50 })
    const [plain, numbered] = [fixture.join(), fixture.join('ack=1')]
    feed(fixture)
    assert.deepEqual(
      numbered.frames.map(({ n }) => n),
      numbered.frames.map((_, index) => index + 1),
    )
    assert.deepEqual(
      new Set(typesOf(numbered)),
      new Set(['welcome', 'status', 'trade', 'order_book_l1', 'order_book_l2', 'gap']),
    )
    assert.match(numbered.sent[0]!.text, /^\{"n":1,"message":"[^"]*","timestamp":"[^"]*","type":"welcome"/)
    assert.equal(numbered.sent.filter(({ text }) => text.includes('"type":"welcome')).length, 1)
    const texts = (client: TestClient): string[] => client.sent.map(({ text }) => withoutNumber(text)).sort()
    assert.deepEqual(texts(numbered), texts(plain))
    assert.ok(plain.frames.every(({ n }) => n === undefined))
  })

  test(`${name}: so has every MessagePack frame`, () => {
    const fixture = new MergeFixture({ newMerge, retained: 50 })
    const [plain, numbered] = [fixture.join('format=msgpack'), fixture.join('format=msgpack&ack=1')]
    feed(fixture)
    const [ofPlain, ofNumbered] = [plain, numbered].map(({ sent }) =>
      sent.map(({ text }) => unpack(Buffer.from(text, 'latin1')) as { n?: number; type?: string; kind?: string }),
    ) as [object[], { n?: number; type?: string; kind?: string }[]]
    assert.deepEqual(
      ofNumbered.map(frame => frame.n),
      ofNumbered.map((_, index) => index + 1),
    )
    const kinds = new Set(ofNumbered.map(({ type, kind }) => type ?? kind))
    for (const kind of ['welcome', 'status', 'gap', 'trade', 'order_book_l2']) assert.ok(kinds.has(kind), kind)
    const plainTexts = ofPlain.map(frame => JSON.stringify(frame)).sort()
    assert.deepEqual(ofNumbered.map(({ n, ...frame }) => JSON.stringify(frame)).sort(), plainTexts)
  })
}

test('the gaps of a resume are numbered too', () => {
  for (const [since, reason] of [
    ['other:1', 'restart'],
    ['', 'bad_since'],
  ]) {
    const client = new MergeFixture().join(`ack=1&since=${since}`)
    assert.deepEqual(
      client.frames.map(({ n, type, reason: why }) => [n, type, why]),
      [
        [1, 'welcome', undefined],
        [2, 'gap', reason],
      ],
    )
  }
})

test('valid acknowledgements are counted, requested turns follow; all other messages are ignored ones', () => {
  const fixture = new MergeFixture()
  const [client, plain] = [fixture.join('ack=1'), fixture.join()]
  fixture.publishTrade()
  while (fixture.merge.doWork() > 0);
  const newest = client.frames.length
  const wakes = fixture.wakeCount
  client.acknowledge(1)
  client.acknowledge(newest)
  assert.equal(fixture.wakeCount, wakes + 2)
  for (const message of [
    '',
    'x',
    '{"op":"ack"}',
    '{"op":"sub","n":1}',
    `{"op":"ack","n":${newest}}`,
    '{"op":"ack","n":1}',
  ]) {
    client.sendMessage(message)
  }
  client.sendMessage(`{"op":"ack","n":${newest + 1}}`)
  fixture.publishTrade()
  while (fixture.merge.doWork() > 0);
  client.sendMessage(`{"op":"ack","n":${newest + 1}}`, true)
  plain.sendMessage('{"op":"ack","n":1}')
  const { acks, acksInvalid, clientMessagesIgnored, pongsUnmatched } = fixture.counters()
  assert.deepEqual([acks, acksInvalid, clientMessagesIgnored, pongsUnmatched], [2, 8, 9, 0])
})

test('pongs of such a client free nothing and are never unmatched; keepalive pings go out, and other pongs are ignored messages', () => {
  const fixture = new MergeFixture({ instrumentCount: 6 })
  const client = fixture.join('ack=1')
  for (let index = 0; index < 6; index += 1) fixture.publishBook(index, 1, 6_000)
  while (fixture.merge.doWork() > 0);
  const books = client.of('order_book_l2').length
  assert.ok(books > 0 && books < 6, 'books wait for credit')
  assert.equal(client.pings.length, 0)
  client.pong(Buffer.from('TLK1\0\0\0\x01', 'latin1'))
  for (let ms = 0; ms < KEEPALIVE_MS + TICK_MS; ms += TICK_MS) passTick(fixture)
  assert.equal(client.pings.length, 1)
  assert.ok(client.pongAll())
  const { pongs, pongsUnmatched, clientMessagesIgnored } = fixture.counters()
  assert.deepEqual([pongs, pongsUnmatched, clientMessagesIgnored], [1, 0, 1])
})

test('books that wait for credit follow the acknowledgement, and the newest only', () => {
  const fixture = new MergeFixture({ instrumentCount: 6 })
  const client = fixture.join('ack=1')
  assert.ok(client.acknowledgeAll())
  for (let index = 0; index < 6; index += 1) fixture.publishBook(index, 1, 6_000)
  while (fixture.merge.doWork() > 0);
  for (let index = 0; index < 6; index += 1) fixture.publishBook(index, 2, 6_000)
  while (fixture.merge.doWork() > 0);
  const before = client.of('order_book_l2').length
  assert.ok(before < 6)
  fixture.nowMs += 10
  while (client.acknowledgeAll()) while (fixture.merge.doWork() > 0);
  const newest = new Map(client.of('order_book_l2').map(({ index, version }) => [index, version]))
  assert.deepEqual([...newest.values()], new Array(6).fill(2))
})

test('a client that acknowledges nothing gets its trades and paced books; with a full buffer it is stalled, whatever it answers', () => {
  const STALL_MS = 10_000
  const fixture = new MergeFixture({ clientStallMs: STALL_MS, retained: 5_000 })
  const [mute, stuck] = [fixture.join('ack=1'), fixture.join('ack=1')]
  for (let ms = 0; ms <= NO_PONG_MS + STALL_MS + 500; ms += TICK_MS) {
    fixture.publishTrade()
    fixture.publishBook(0, ms, 6_000)
    stuck.bufferedBytes = 1_000
    stuck.pongAll()
    passTick(fixture)
  }
  assert.equal(mute.of('trade').length, fixture.newest)
  const bookBytes = mute.of('order_book_l2').reduce((sum, { bytes }) => sum + bytes, 0)
  assert.ok(bookBytes > 300_000 && bookBytes < 900_000, `${bookBytes} B`)
  assert.deepEqual([mute.ends.length, stuck.ends[0]?.code], [0, 1013])
})

test('a stalled client is one whose acknowledgements stopped, not one that has acknowledged all', () => {
  const STALL_MS = 10_000
  const fixture = new MergeFixture({ clientStallMs: STALL_MS })
  const [quiet, stopped, gapped] = [fixture.join('ack=1'), fixture.join('ack=1'), fixture.join(`ack=1&since=other:1`)]
  while (fixture.merge.doWork() > 0);
  for (const client of [quiet, stopped, gapped]) client.acknowledgeAll()
  fixture.publishTrade()
  while (fixture.merge.doWork() > 0);
  quiet.acknowledgeAll()
  gapped.acknowledgeAll()
  for (let ms = 0; ms <= STALL_MS + 500; ms += TICK_MS) passTick(fixture)
  assert.deepEqual([quiet.ends.length, stopped.ends[0]?.code, gapped.ends.length], [0, 1013, 0])
})

/** Trades, state, books and statuses, more of the former than the log retains; every client answers all the time. */
function feed(fixture: MergeFixture): void {
  settle(fixture)
  for (let round = 0; round < 3; round += 1) {
    fixture.publishTop(round % 2, round)
    fixture.publishBook(round % 2, round)
    fixture.publishTrade()
    settle(fixture)
  }
  fixture.setLink(true)
  fixture.withholdBook(0)
  for (let count = 0; count < 80; count += 1) fixture.publishTrade()
  settle(fixture)
}

function settle(fixture: MergeFixture): void {
  for (let idle = 0; idle < 4; ) {
    const isWorking = fixture.merge.doWork() > 0
    let didAnswer = false
    for (const client of fixture.clients) {
      didAnswer = client.pongAll() || didAnswer
      if (isNumbered(client) && client.acknowledgeAll()) didAnswer = true
    }
    idle = isWorking || didAnswer ? 0 : idle + 1
    if (idle > 0) passTick(fixture)
  }
}

/** In one form or the other. */
function isNumbered({ sent }: TestClient): boolean {
  const head = sent[0]?.text ?? ''
  return head.startsWith('{"n":1,') || head.slice(1, 4) === '\xa1n\x01'
}

function passTick(fixture: MergeFixture): void {
  fixture.nowMs += TICK_MS
  fixture.tick()
  while (fixture.merge.doWork() > 0);
}

function typesOf(client: TestClient): string[] {
  return client.frames.map(({ type, kind }) => type ?? kind)
}
