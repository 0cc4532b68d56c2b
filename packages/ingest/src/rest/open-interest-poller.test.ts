import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CellStatus, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import type { OpenInterestProtocol } from '@tradelane/venues/rest-protocol'
import { RecordedLog, until } from '../test/recorded-log.js'
import { ScriptedVenue } from '../test/scripted-venue.js'
import { contextOf } from '../test/test-context.js'
import { binanceRest } from '../test/test-ingest.js'
import { BINANCE, BTC, ETH, TestLanes } from '../test/test-lanes.js'
import { binanceFutures } from '../test/test-products.js'
import { OpenInterestPoller } from './open-interest-poller.js'
import { RestClient } from './rest-client.js'

const venue = await ScriptedVenue.open()
after(() => venue.close())
beforeEach(() => {
  venue.rest = binanceRest()
  venue.requests.length = 0
})

function started(intervalMs: number) {
  const lanes = new TestLanes()
  const log = new RecordedLog()
  const events: string[] = []
  const context = contextOf(lanes, log)
  const { environment, counters } = context
  const { budget } = binanceFutures.depth
  const host = context.hosts.rest(budget)
  const rest = new RestClient(venue.httpUrl, budget, { ...environment, counters, host })
  context.publishers.states.publishOpenInterest = ({ instrument, contracts }) =>
    events.push(`${instrument.symbol} ${contracts}`)
  const poller = new OpenInterestPoller(context, {
    productId: 'binance-futures',
    productIndex: BINANCE,
    protocol: { ...(binanceFutures.openInterest as OpenInterestProtocol), intervalMs },
    instruments: [BTC, ETH],
    rest,
  })
  after(() => poller.close())
  poller.start()
  return { lanes, log, events, poller, rest }
}

test('each instrument is polled once per interval, one after the other', async () => {
  const { lanes, events } = started(100)
  const startMs = performance.now()
  await until('two rounds passed', () => events.length === 4)
  assert.ok(performance.now() - startMs >= 3 * 50 - 5)
  assert.deepEqual(
    events,
    ['BTCUSDT', 'ETHUSDT', 'BTCUSDT', 'ETHUSDT'].map(symbol => `${symbol} 98234.512`),
  )
  assert.equal(lanes.link(BINANCE, Kind.openInterest).status, CellStatus.live)
})

test('a poll that fails is left out, the feed is down until one succeeds, and it never stops polling', async () => {
  venue.rest = (_path, response) => response.end('<html>')
  const { lanes, log, events } = started(40)
  await until('some failed', () => lanes.count('openInterestFailures') >= 2)
  const { status, reason } = lanes.link(BINANCE, Kind.openInterest)
  assert.deepEqual([status, reason], [CellStatus.down, StatusReason.silent])
  assert.ok(log.has(/open interest could not be read.*malformed/))
  assert.equal(events.length, 0)
  venue.rest = binanceRest()
  await until('one succeeded', () => events.length > 0)
  assert.equal(lanes.link(BINANCE, Kind.openInterest).status, CellStatus.live)
})

test('an answer about another instrument is malformed', async () => {
  venue.rest = (_path, response) => response.end('{"openInterest":"1","symbol":"XRPUSDT","time":1790000000011}')
  const { lanes, events } = started(40)
  await until('it polled twice', () => lanes.count('openInterestFailures') >= 2)
  assert.equal(events.length, 0)
})

test('a venue that says stop is not polled for as long', async () => {
  venue.rest = (_path, response) => response.writeHead(418).end()
  const { lanes } = started(20)
  await until('it was stopped', () => lanes.count('openInterestFailures') === 1)
  await sleep(150)
  assert.equal(venue.requests.length, 1)
  assert.equal(lanes.count('restRequests'), 1)
})

test('nothing is polled while a book waits for its snapshot, and that is no failure', async () => {
  const { lanes, events, rest } = started(20)
  await until('it polled', () => events.length > 0)
  rest.setWaiting(true)
  await sleep(50)
  const count = venue.requests.length
  await sleep(200)
  assert.equal(venue.requests.length, count)
  assert.equal(lanes.count('openInterestFailures'), 0)
  assert.equal(lanes.link(BINANCE, Kind.openInterest).status, CellStatus.live)
  rest.setWaiting(false)
  await until('it polls again', () => venue.requests.length > count)
})

test('after its end nothing is polled', async () => {
  const { events, poller } = started(20)
  await until('it polled', () => events.length > 0)
  poller.close()
  await sleep(30)
  const count = venue.requests.length
  await sleep(80)
  assert.equal(venue.requests.length, count)
})
