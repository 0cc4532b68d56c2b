// What a gateway publishes of its clients: with virtual sockets and a clock that the test moves, and once in its real thread.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import {
  Acknowledgement,
  ClientFormat,
  type ClientRow,
  ClientTableReader,
  newClientRow,
} from '@tradelane/shared/lanes/client-table'
import { TradeLogWriter } from '@tradelane/shared/lanes/trade-log'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { CLIENT_ROW_MS, CLIENT_ROWS_PER_SLICE, CREDIT_START_BYTES } from './limits.js'
import { GatewayUnderTest, sleep } from './test/gateway-fixture.js'
import { MergeFixture } from './test/merge-fixture.js'
import { STREAM, type TestLanes } from './test/test-lanes.js'

const UPGRADE_REQUEST = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dHJhZGVsYW5lIHRlc3RzIQ==',
  'Sec-WebSocket-Version: 13',
  '\r\n',
].join('\r\n')

test('the row of a client is there as soon as it has connected, and gone when it has left', () => {
  const fixture = new MergeFixture()
  const client = fixture.join('format=msgpack')
  const [row, ...others] = rowsOf(fixture)
  assert.equal(others.length, 0)
  assert.deepEqual([...(row?.address ?? [])], [192, 0, 2, 1])
  assert.deepEqual(
    [row?.format, row?.acknowledgement, row?.hasAnswered, row?.connectedUs, row?.minRttUs, row?.creditBytes],
    [ClientFormat.msgpack, Acknowledgement.pong, false, 1e6, Number.POSITIVE_INFINITY, CREDIT_START_BYTES],
  )
  client.close()
  assert.deepEqual(rowsOf(fixture), [])
})

test('what changed since a client was last sent books counts as not sent', () => {
  const fixture = new MergeFixture({ instrumentCount: 3 })
  fixture.join()
  fixture.settle()
  for (let index = 0; index < 3; index += 1) fixture.publishTop(index, 1)
  // The boards are copied in the turn, but the client is sent nothing.
  fixture.sessions.sessions()[0]!.isReady = () => false
  while (fixture.merge.doWork() > 0);
  assert.equal(nextRow(fixture).dirtyCells, 3)
})

test('a client whose socket is reset before it opens has no address, and is a client', () => {
  const fixture = new MergeFixture()
  fixture.join('', client => {
    client.address = new Uint8Array(0)
  })
  assert.deepEqual([...(rowsOf(fixture)[0]?.address ?? [])], [0, 0, 0, 0])
})

test('a row says what its client was sent, how fast, what it acknowledged and what it misses', () => {
  const fixture = new MergeFixture({ instrumentCount: 3 })
  const client = fixture.join()
  fixture.settle()
  const first = nextRow(fixture)
  assert.deepEqual(
    [first.hasAnswered, first.framesSent, first.inFlightBytes, first.unacknowledgedBytes, first.dirtyCells],
    [true, client.sent.length, 0, 0, 0],
  )
  assert.equal(first.bytesSent, bytesOf(client.sent))
  // 20 kB of books of which 16 are within its credit, and a trade; nothing is answered.
  for (let index = 0; index < 3; index += 1) fixture.publishBook(index, 1, 7_000)
  while (fixture.merge.doWork() > 0);
  fixture.publishTrade()
  fixture.merge.doWork()
  const second = nextRow(fixture)
  const sentBytes = bytesOf(client.sent) - first.bytesSent
  assert.equal(second.unacknowledgedBytes, sentBytes)
  assert.ok(second.inFlightBytes > 13_000 && second.inFlightBytes < second.unacknowledgedBytes)
  assert.equal(second.dirtyCells, 1)
  assert.equal(second.bytesPerS, Math.round((sentBytes * 1e6) / (second.writtenUs - first.writtenUs)))
  assert.equal(second.connectedUs, first.connectedUs)
})

test('the lag of a client is what the log has and it has not, and the age of the oldest of that', () => {
  const fixture = new MergeFixture()
  fixture.join()
  fixture.settle()
  let loggedUs = fixture.nowMs * 1_000
  fixture.log = new TradeLogWriter(fixture.tradeLog, [], () => loggedUs as MonotonicUs)
  // No turn meanwhile, as if something took long.
  fixture.publishTrade()
  loggedUs += 30_000
  fixture.publishTrade()
  loggedUs -= 30_000
  const row = nextRow(fixture)
  assert.deepEqual([row.lagRecords, row.lagUs], [2, row.writtenUs - loggedUs])
  fixture.settle()
  const later = nextRow(fixture)
  assert.deepEqual([later.lagRecords, later.lagUs], [0, 0])
})

test('a client that the log overtook has missed records, in total', () => {
  const fixture = new MergeFixture({ retained: 100 })
  for (let count = 0; count < 300; count += 1) fixture.publishTrade()
  fixture.join(`since=${STREAM}:150`)
  assert.deepEqual([rowsOf(fixture)[0]?.lagRecords, rowsOf(fixture)[0]?.recordsMissed], [150, 0])
  fixture.settle()
  assert.equal(nextRow(fixture).recordsMissed, 50)
})

test('each row is written once a second, however often a slice runs, a bounded number per slice', () => {
  const CLIENTS = 2 * CLIENT_ROWS_PER_SLICE + 5
  const fixture = new MergeFixture()
  for (let count = 0; count < CLIENTS; count += 1) fixture.join()
  const startUs = fixture.nowMs * 1_000
  const written = (): number => rowsOf(fixture).filter(({ writtenUs }) => writtenUs > startUs).length
  fixture.nowMs += CLIENT_ROW_MS - 1
  assert.ok(!fixture.publisher.runSlice(fixture.nowMs))
  assert.equal(written(), 0)
  fixture.nowMs += 1
  for (const [isMoreDue, count] of [
    [true, CLIENT_ROWS_PER_SLICE],
    [true, 2 * CLIENT_ROWS_PER_SLICE],
    [false, CLIENTS],
    [false, CLIENTS],
  ] as const) {
    assert.deepEqual([fixture.publisher.runSlice(fixture.nowMs), written()], [isMoreDue, count])
  }
  const times = rowsOf(fixture).map(({ writtenUs }) => writtenUs)
  fixture.nowMs += CLIENT_ROW_MS / 2
  fixture.publisher.runSlice(fixture.nowMs)
  assert.deepEqual(
    rowsOf(fixture).map(({ writtenUs }) => writtenUs),
    times,
  )
})

test('clients beyond the rows are served, and counted as not in the table', () => {
  const fixture = new MergeFixture({ clientRowsMax: 2 })
  const clients = [fixture.join(), fixture.join(), fixture.join()]
  assert.equal(rowsOf(fixture).length, 2)
  assert.equal(fixture.counters().clientRowsMissing, 1)
  fixture.settle()
  fixture.publishTrade()
  fixture.settle()
  for (const client of clients) assert.equal(client.of('trade').length, 1)
  for (const client of clients) client.close()
  fixture.join()
  assert.equal(rowsOf(fixture).length, 1)
})

test('a real client on a real gateway: its address, what it was sent, its round trip', async t => {
  const gateway = new GatewayUnderTest()
  t.after(() => gateway.stop())
  await gateway.start()
  const client = await gateway.connect()
  gateway.publishTrade(0, 'x'.repeat(400))
  gateway.publishBook(0, 1, 2_000)
  await client.until(() => client.of('trade').length === 1 && client.of('order_book_l2').length === 1, 'both')
  const deadlineMs = performance.now() + 5_000
  let row = rowsOf(gateway)[0]
  while ((row?.bytesSent ?? 0) < 2_000 || row?.hasAnswered !== true) {
    assert.ok(performance.now() < deadlineMs, JSON.stringify(row))
    await sleep(20)
    row = rowsOf(gateway)[0]
  }
  assert.equal(Buffer.from(row.address).toString('hex'), '7f000001')
  assert.equal(row.framesSent, client.frames.length)
  assert.ok(row.minRttUs > 0 && row.minRttUs < 1e6, `${row.minRttUs} µs`)
  assert.deepEqual([row.lagRecords, row.dirtyCells, row.recordsMissed], [0, 0, 0])
  client.socket.terminate()
  while (rowsOf(gateway).length > 0) {
    assert.ok(performance.now() < deadlineMs, 'its row is free')
    await sleep(10)
  }
})

test('real clients that reset their connection right behind the request do no harm and leave no row', async t => {
  const gateway = new GatewayUnderTest()
  t.after(() => gateway.stop())
  await gateway.start()
  for (let count = 0; count < 100; count += 1) {
    const socket = connect({ host: '127.0.0.1', port: gateway.port })
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(UPGRADE_REQUEST)
    socket.resetAndDestroy()
  }
  const client = await gateway.connect()
  gateway.publishTrade()
  await client.until(() => client.of('trade').length === 1, 'a trade')
  const deadlineMs = performance.now() + 5_000
  while (rowsOf(gateway).length !== 1) {
    assert.ok(performance.now() < deadlineMs, `${rowsOf(gateway).length} rows`)
    await sleep(10)
  }
})

/** After the time in which a row may be written again. */
function nextRow(fixture: MergeFixture): ClientRow {
  fixture.nowMs += CLIENT_ROW_MS
  fixture.publisher.runSlice(fixture.nowMs)
  return rowsOf(fixture)[0] ?? assert.fail('no client has a row')
}

function rowsOf({ clientTable }: TestLanes): ClientRow[] {
  const reader = new ClientTableReader(clientTable)
  const rows: ClientRow[] = []
  for (let row = 0; row < reader.rowsMax; row += 1) {
    const into = newClientRow()
    if (reader.read(0, row, into)) rows.push(into)
  }
  return rows
}

function bytesOf(sent: readonly { readonly text: string }[]): number {
  return sent.reduce((sum, { text }) => sum + text.length, 0)
}
