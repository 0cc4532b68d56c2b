// A gateway in virtual time, with virtual sockets: no thread, no port, no uWebSockets.js.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import { createClock } from '@tradelane/shared/thread/clock'
import { createCounters } from '@tradelane/shared/thread/counters'
import { VirtualTimers } from '@tradelane/shared/thread/test/virtual-timers'
import type { GatewayStart, LateTradePost } from '@tradelane/shared/thread/thread-messages'
import { readHops } from '@tradelane/shared/trace/hop-histograms'
import { Gateway } from './gateway.js'
import { CLOSE_MS, KEEPALIVE_MS, TICK_MS } from './limits.js'
import { PriorityMerge } from './priority-merge.js'
import { OPEN } from './test/open-access.js'
import { PRODUCT, STREAM, TestLanes } from './test/test-lanes.js'
import { VirtualUws } from './test/virtual-uws.js'

test('trades, state and books go from the lanes to a virtual socket', () => {
  const { lanes, uws, gateway, turnUntilIdle } = newGateway()
  assert.ok(gateway.listen() > 0)
  lanes.publishBook(0, 1)
  const client = uws.connect()
  turnUntilIdle()
  lanes.publishTrade()
  lanes.publishTop(1, 2)
  turnUntilIdle()
  assert.deepEqual(
    client.frames.filter(({ type }) => type !== 'status').map(({ type, kind }) => type ?? kind),
    ['welcome', 'order_book_l2', 'trade', 'order_book_l1'],
  )
})

test('a quiet client is pinged, and stamps are in virtual time', () => {
  const { lanes, uws, timers, gateway, posts, turnUntilIdle } = newGateway()
  gateway.listen()
  const client = uws.connect()
  client.pongAll()
  timers.runUntil(timers.nowMs + KEEPALIVE_MS + TICK_MS)
  assert.equal(client.pings.length, 2)
  const readUs = timers.nowMs * 1_000
  timers.runUntil(timers.nowMs + 7)
  lanes.publishTrade(0, '', readUs as MonotonicUs)
  turnUntilIdle()
  timers.runUntil(timers.nowMs + 120)
  const { total } = readHops(lanes.traces)
  assert.deepEqual([total.count, total.maxUs], [1, 7_000])
  assert.deepEqual(
    posts.map(({ worst }) => worst.map(({ sequence, lateUs, clientCount }) => [sequence, lateUs, clientCount])),
    [[[1, 7_000, 1]]],
  )
})

test('the port is ready while a trade link is live, and closes after clients had time to read the Close frame', async () => {
  const { lanes, uws, timers, gateway, turnUntilIdle } = newGateway()
  gateway.listen()
  lanes.setLink(true)
  turnUntilIdle()
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
  const { lanes, uws, gateway } = newGateway()
  gateway.listen()
  uws.connect().onSend = () => gateway.merge.doWork()
  lanes.publishTrade()
  assert.throws(() => gateway.merge.doWork(), { name: 'AssertionError', message: 'a turn is never nested' })
})

test('a port that cannot be opened is an error with a code', () => {
  const { uws, gateway } = newGateway()
  uws.isPortTaken = true
  assert.throws(() => gateway.listen(), { code: 'ERR_PORT_IN_USE' })
})

function newGateway() {
  const lanes = new TestLanes({ instrumentCount: 2 })
  const uws = new VirtualUws()
  const timers = new VirtualTimers(1_000)
  const { control, traces, instruments, tradeLog, stateBoard, bookBoard, clientTable } = lanes
  const start: GatewayStart = {
    role: 'gateway-0',
    threadIndex: 0,
    gateway: 0,
    admission: createAdmission(1, 100),
    clientsMax: 100,
    clientsPerIpMax: 100,
    control,
    clock: createClock(),
    counters: createCounters(1),
    traces,
    products: [PRODUCT],
    instruments,
    host: '127.0.0.1',
    port: 0,
    isExclusive: true,
    tradeLog,
    stateBoard,
    bookBoard,
    clientTable,
    stream: STREAM,
    version: '0.0.0-test',
    clientStallMs: 90_000,
    access: OPEN,
    certificate: null,
  }
  const posts: LateTradePost[] = []
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const gateway = new Gateway(start, {
    uws,
    log,
    newMerge: options => new PriorityMerge(options),
    timers,
    nowUs: () => (timers.nowMs * 1_000) as MonotonicUs,
    postLateTrades: post => posts.push(post),
  })
  uws.afterRequest = () => timers.runUntil(timers.nowMs)
  const turnUntilIdle = (): void => {
    while (gateway.merge.doWork() > 0);
  }
  return { lanes, uws, timers, gateway, posts, turnUntilIdle }
}
