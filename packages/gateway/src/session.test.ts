// One client's use of its socket: what is sent in which cork, what is counted, and that an ended socket is not used.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TradeBatch, TradeLogReader } from '@tradelane/shared/lanes/trade-log'
import { BoardSet } from './board-set.js'
import { CREDIT_START_BYTES, CUT_OFF_MS } from './limits.js'
import { newSessionCounts, Session } from './session.js'
import { RecordingSocket } from './test/recording-socket.js'
import { PRODUCT, TestLanes } from './test/test-lanes.js'
import { SendStatus } from './uws.js'

test('it sends the part of a batch from its cursor on, in one cork, and moves the cursor past it', () => {
  const { session, socket, batchOf } = fixture({ cursor: 3 })
  session.sendTrades(batchOf(1, 5), 0)
  assert.deepEqual(socket.sent.map(sequenceOf), [3, 4, 5])
  assert.deepEqual(new Set(socket.sent.map(({ cork }) => cork)), new Set([1]))
  assert.equal(session.cursor, 6)
})

test('where the socket ends in the middle of a batch, the cursor is at the first unsent record, and nothing throws', () => {
  const { session, socket, counts, batchOf } = fixture({ cursor: 1 })
  socket.sendsLeft = 2
  session.sendTrades(batchOf(1, 5), 0)
  assert.equal(session.cursor, 3)
  assert.ok(session.isClosing)
  assert.equal(session.isReady(0), false)
  session.sendTrades(batchOf(3, 5), 0)
  assert.equal(session.pump(0), 0)
  assert.equal(session.sendServerFrame(Buffer.from('{}')), false)
  session.end(1001, 'late', 0)
  session.cutOffIfStuck(CUT_OFF_MS)
  assert.equal(session.stalledMs(0), 0)
  assert.deepEqual([socket.sent.length, counts.framesSent, counts.sendsFailed], [2, 2, 0])
})

test('sent frames and bytes are counted, dropped frames separately', () => {
  const { session, socket, counts, batchOf } = fixture({ cursor: 1 })
  session.sendTrades(batchOf(1, 3), 0)
  const bytes = socket.sent.reduce((sum, { text }) => sum + text.length, 0)
  assert.deepEqual(counts, { framesSent: 3, bytesSent: bytes, sendsFailed: 0, pings: 0 })
  assert.equal(session.credit.unacknowledgedBytes, bytes)
  assert.equal(session.credit.inFlightBytes, 0, 'trades need no credit')
  socket.status = SendStatus.dropped
  session.sendTrades(batchOf(4, 4), 0)
  assert.deepEqual([counts.framesSent, counts.sendsFailed], [3, 1])
  assert.equal(socket.ends[0]?.code, 1013)
})

test('numbers of frames count as sent bytes, towards the credit too', () => {
  const { session, socket, counts, batchOf, lanes, refresh } = fixture({ cursor: 1, acknowledgesBy: 'message' })
  session.credit.open()
  session.sendTrades(batchOf(1, 3), 0)
  const tradeBytes = socket.sent.reduce((sum, { text }) => sum + text.length, 0)
  assert.equal(session.credit.unacknowledgedBytes, tradeBytes)
  lanes.publishBook(0, 1)
  refresh()
  session.pump(0)
  assert.deepEqual(
    socket.sent.map(({ text }) => (JSON.parse(text) as { n: number }).n),
    socket.sent.map((_, index) => index + 1),
  )
  const bytes = socket.sent.reduce((sum, { text }) => sum + text.length, 0)
  assert.equal(counts.bytesSent, bytes)
  assert.deepEqual([session.credit.unacknowledgedBytes, session.credit.inFlightBytes], [bytes, bytes - tradeBytes])
})

test('books stop when credit is used up, without an empty cork, and continue with the next cell', () => {
  const { session, socket, lanes, refresh } = fixture({ cursor: 1, instrumentCount: 6 })
  session.credit.open()
  for (let index = 0; index < 6; index += 1) lanes.publishBook(index, 1, 6_000)
  refresh()
  const bookCount = Math.floor(CREDIT_START_BYTES / 6_000)
  session.pump(0)
  assert.equal(booksOf(socket).length, bookCount)
  const corks = socket.corkCount
  assert.equal(session.pump(0), 0)
  assert.equal(socket.corkCount, corks)
  assert.ok(session.credit.onPong(socket.pings.at(-1) as Buffer, 1))
  session.pump(1)
  const order = booksOf(socket).map(({ index }) => index)
  assert.ok(order.length > bookCount)
  assert.deepEqual(
    order,
    order.map((_, index) => index),
  )
})

test('a book that is withheld before it was sent is not sent; its status is', () => {
  const { session, socket, lanes, refresh } = fixture({ cursor: 1 })
  lanes.publishBook(0, 1)
  refresh()
  lanes.withholdBook(0)
  refresh()
  session.pump(0)
  assert.deepEqual(booksOf(socket), [])
  assert.match(socket.sent.map(({ text }) => text).join(), /"state":"stale"/)
  assert.equal(session.dirty.isEmpty, true)
})

test('a msgpack client is sent binary frames only', () => {
  const { session, socket, lanes, refresh, batchOf } = fixture({ cursor: 1, isPacked: true })
  lanes.publishBook(0, 1)
  refresh()
  session.sendTrades(batchOf(1, 1), 0)
  session.pump(0)
  assert.ok(socket.sent.length >= 3)
  assert.ok(socket.sent.every(({ isBinary }) => isBinary))
})

test('a record out of order and a cursor that goes back are caught, not taken for a socket that ended', () => {
  const { session, batchOf } = fixture({ cursor: 3 })
  const message = 'a client is sent every record once, in order'
  assert.throws(() => session.sendTrades(batchOf(4, 5), 0), { name: 'AssertionError', message })
  assert.throws(() => session.sendRecord(batchOf(1, 5), 1), { name: 'AssertionError', message })
  assert.throws(() => session.skipTo(2), { message: 'a cursor never goes back' })
  assert.deepEqual([session.cursor, session.isClosing], [3, false])
})

test('a client is ended once, and its socket is cut off when it is still open after two seconds', () => {
  const { session, socket } = fixture({ cursor: 1 })
  socket.isStuckAtEnd = true
  session.end(1001, 'server stops', 1_000)
  session.end(1013, 'stalled', 1_001)
  assert.deepEqual(socket.ends, [{ code: 1001, reason: 'server stops' }])
  session.cutOffIfStuck(1_000 + CUT_OFF_MS - 1)
  assert.equal(socket.isClosed, false)
  session.cutOffIfStuck(1_000 + CUT_OFF_MS)
  assert.ok(socket.isClosed)
})

function fixture(options: {
  cursor: number
  isPacked?: boolean
  instrumentCount?: number
  acknowledgesBy?: 'pong' | 'message'
}) {
  const lanes = new TestLanes(options)
  const boards = new BoardSet([lanes.stateBoard, lanes.bookBoard], [PRODUCT], lanes.instruments)
  const socket = new RecordingSocket()
  const counts = newSessionCounts()
  const { cursor, isPacked = false, acknowledgesBy = 'pong' } = options
  const session = new Session({
    socket: socket.socket,
    address: '192.0.2.1',
    isPacked,
    acknowledgesBy,
    cursor,
    boards,
    counts,
    nowMs: () => 0,
  })
  socket.onClose = () => {
    session.isClosing = true
  }
  const reader = new TradeLogReader(lanes.tradeLog)
  const batchOf = (from: number, to: number): TradeBatch => {
    while (lanes.newest < to) lanes.publishTrade()
    const batch = new TradeBatch()
    reader.read(from, batch, to - from + 1)
    return batch
  }
  const refresh = (): void => {
    while (boards.hasChanged()) boards.scan()
  }
  return { lanes, session, socket, counts, batchOf, refresh }
}

function sequenceOf({ text }: { text: string }): number {
  return (JSON.parse(text) as { seq: number }).seq
}

function booksOf({ sent }: RecordingSocket): { index: number }[] {
  const frames = sent.map(({ text }) => JSON.parse(text) as { type?: string; kind: string; index: number })
  return frames.filter(({ type, kind }) => type === undefined && kind === 'order_book_l2')
}
