// A gateway in virtual time, with virtual sockets: no thread, no port, no uWebSockets.js.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { readHops } from '@tradelane/shared/trace/hop-histograms'
import { lateTradesOf } from '@tradelane/shared/trace/late-trades'
import { CLOSE_MS, KEEPALIVE_MS, TICK_MS } from './limits.js'
import { VirtualGateway } from './test/virtual-gateway.js'

test('trades, state and books go from the lanes to a virtual socket', () => {
  const fixture = new VirtualGateway()
  const { lanes, uws, gateway } = fixture
  assert.ok(gateway.listen() > 0)
  lanes.publishBook(0, 1)
  const client = uws.connect()
  fixture.turnUntilIdle()
  lanes.publishTrade()
  lanes.publishTop(1, 2)
  fixture.turnUntilIdle()
  assert.deepEqual(
    client.frames.filter(({ type }) => type !== 'status').map(({ type, kind }) => type ?? kind),
    ['welcome', 'order_book_l2', 'trade', 'order_book_l1'],
  )
})

test('a quiet client is pinged, and stamps are in virtual time', () => {
  const fixture = new VirtualGateway()
  const { lanes, uws, gateway } = fixture
  gateway.listen()
  const client = uws.connect()
  fixture.turnUntilIdle()
  fixture.pass(2 * TICK_MS)
  client.pongAll()
  const { length: pingCount } = client.pings
  fixture.pass(KEEPALIVE_MS + TICK_MS)
  assert.equal(client.pings.length, pingCount + 1)
  const readUs = fixture.timers.nowMs * 1_000
  fixture.pass(7)
  lanes.publishTrade(0, '', readUs as MonotonicUs)
  fixture.turnUntilIdle()
  fixture.pass(120)
  const { total } = readHops(lanes.traces)
  assert.deepEqual([total.count, total.maxUs], [1, 7_000])
  assert.deepEqual(
    fixture.posts.map(({ worst }) =>
      lateTradesOf(worst).map(trade => [trade.sequence, trade.lateUs, trade.clientCount]),
    ),
    [[[1, 7_000, 1]]],
  )
})

test('the port is ready while a trade link is live, and closes after clients had time to read the Close frame', async () => {
  const fixture = new VirtualGateway()
  const { lanes, uws, timers, gateway } = fixture
  gateway.listen()
  lanes.setLink(true)
  fixture.turnUntilIdle()
  assert.equal(uws.request('/readyz').status, '200 OK')
  const client = uws.connect()
  client.isStuckAtEnd = true
  const closed = gateway.merge.close()
  assert.deepEqual([uws.isListening, uws.isClosed, client.ends[0]?.code], [false, false, 1001])
  assert.equal(uws.request('/readyz').body, 'not ready: stopping\n')
  timers.runUntil(timers.nowMs + CLOSE_MS)
  await closed
  assert.deepEqual([uws.isClosed, client.isClosed, timers.pendingCount], [true, true, 0])
})

test('a turn inside a turn of the gateway is caught', () => {
  const { lanes, uws, gateway } = new VirtualGateway()
  gateway.listen()
  uws.connect().onSend = () => gateway.merge.doWork()
  lanes.publishTrade()
  assert.throws(() => gateway.merge.doWork(), { name: 'AssertionError', message: 'a turn is never nested' })
})

test('while all sockets are released, the event of one sends nothing to another', () => {
  const fixture = new VirtualGateway({ clockMs: 1 })
  const { lanes, uws, gateway } = fixture
  gateway.listen()
  const clients = [uws.connect(), uws.connect(), uws.connect()]
  fixture.turnUntilIdle()
  lanes.publishTrade()
  gateway.closeNow()
  assert.ok(clients.every(({ isClosed }) => isClosed))
  assert.deepEqual(
    clients.map(client => client.of('trade').length),
    [0, 0, 0],
  )
})

test('a port that cannot be opened is an error with a code', () => {
  const { uws, gateway } = new VirtualGateway()
  uws.isPortTaken = true
  assert.throws(() => gateway.listen(), { code: 'ERR_PORT_IN_USE' })
})
