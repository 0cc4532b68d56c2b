import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kind, StatusReason } from '@tradelane/shared/market/nouns'
import { ACK_MS_MAX, FIRST_FRAME_MS_MAX, PING_AFTER_MS, PONG_MS_MAX, WATCH_MS } from '../limits.js'
import {
  BINANCE_TRADES,
  BYBIT_BOOKS,
  BYBIT_TRADES,
  ConnectionFixture,
  frameCount,
  opened,
  settled,
} from '../test/connection-fixture.js'
import { until } from '../test/recorded-log.js'
import { binanceAck, bybitAck, ScriptedVenue } from '../test/scripted-venue.js'
import { binanceFutures, bybitLinear } from '../test/test-products.js'
import { bookTicker, bybitBook, depthUpdate } from '../test/venue-frames.js'

/** Longer than until the next check of the watchdog. */
const LOOK_MS = WATCH_MS + 500

describe('the watchdog', { concurrency: true }, () => {
  test('a half-open socket is ended after the silence that the venue allows', async () => {
    const { fixture, peer } = await settled(BYBIT_BOOKS, bybitAck)
    peer.send(bybitBook(1))
    await until('the book came', () => frameCount(fixture) === 1)
    peer.answer = () => null
    fixture.pass(bybitLinear.keepalive.silenceMs - 2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(fixture.ended, undefined)
    fixture.pass(3 * LOOK_MS)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /silent for/)
    assert.equal(fixture.reason, StatusReason.silent)
  })

  test('a subscription that is not acknowledged ends it', async () => {
    const { fixture } = await opened(BINANCE_TRADES, () => null)
    await until('it subscribed', () => fixture.lanes.count('connects') === 1)
    fixture.pass(ACK_MS_MAX)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /not acknowledged/)
    assert.deepEqual(fixture.events.slice(0, -1), [])
  })

  test('books that are acknowledged and do not come end it, where the venue sends a snapshot of each', async () => {
    const { fixture } = await settled(BYBIT_BOOKS, bybitAck)
    fixture.pass(FIRST_FRAME_MS_MAX)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /no frame came/)
  })

  test('one silent topic among others is logged, and the others go on', async () => {
    const { fixture, peer } = await settled({ product: binanceFutures, feed: 'book' }, binanceAck)
    peer.send(depthUpdate(1))
    await until('the frame came', () => frameCount(fixture) === 1)
    fixture.pass(FIRST_FRAME_MS_MAX)
    await until('it was logged', () => fixture.log.has(/no frame came.*ETHUSDT/))
    assert.ok(!fixture.log.has(/no frame came.*BTCUSDT/))
    assert.ok(fixture.log.has(/the venue changed.*ETHUSDT.*acknowledges a subscription and sends nothing/))
    assert.equal(fixture.lanes.count('venueChanges'), 1)
    peer.send(depthUpdate(2))
    await until('the next frame came', () => frameCount(fixture) === 2)
    assert.equal(fixture.ended, undefined)
  })

  test('a quiet connection is kept while the venue answers our pings', async () => {
    const { fixture } = await settled({ ...BINANCE_TRADES, kinds: [Kind.liquidation] }, binanceAck)
    for (let round = 0; round < 3; round += 1) {
      fixture.pass(PING_AFTER_MS)
      await sleep(LOOK_MS)
    }
    assert.equal(fixture.ended, undefined)
  })

  test('a connection whose venue stopped to answer our pings is ended, long before the venue would', async () => {
    const { fixture, peer } = await settled(BINANCE_TRADES, binanceAck)
    await sleep(100)
    peer.holdAnswers()
    fixture.pass(PING_AFTER_MS)
    await sleep(LOOK_MS)
    assert.equal(fixture.ended, undefined)
    fixture.pass(PONG_MS_MAX)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /our pings too/)
    assert.equal(fixture.reason, StatusReason.silent)
  })

  test('a venue that requires keepalives gets them, and its answers keep the connection', async () => {
    const { fixture, peer } = await settled({ ...BYBIT_TRADES }, bybitAck)
    for (let round = 1; round <= 2; round += 1) {
      fixture.pass(20_000)
      const pings = (): number => peer.texts.filter(text => JSON.parse(text).op === 'ping').length
      await until('it pinged', () => pings() === round)
    }
    assert.equal(fixture.ended, undefined)
  })

  test('an opening that never finishes ends it', async () => {
    const venue = await ScriptedVenue.open()
    venue.upgrades = 'mute'
    const fixture = new ConnectionFixture({ ...BINANCE_TRADES, endpoint: venue.ws })
    fixture.connect()
    fixture.pass(60_000)
    await until('it ended', () => fixture.ended !== undefined)
    assert.match(fixture.ended ?? '', /did not open/)
    await venue.close()
  })

  test('tops keep a state connection alive', async () => {
    const { fixture, peer } = await settled({ product: binanceFutures, feed: 'state' }, binanceAck)
    fixture.pass(FIRST_FRAME_MS_MAX - LOOK_MS)
    peer.send(bookTicker(1))
    await until('it came', () => frameCount(fixture) === 1)
    fixture.pass(2 * LOOK_MS)
    await sleep(LOOK_MS)
    assert.equal(fixture.ended, undefined)
  })
})
