// How a connection is replaced by its successor.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BACKOFF_MS_MIN, BOOK_OVERLAP_MS_MIN, HELD_FRAMES_MAX, OVERLAP_MS, RENEW_SPACING_MS } from '../limits.js'
import { BINANCE_BOOKS, BINANCE_TRADES } from '../test/connection-fixture.js'
import { DurableFixture } from '../test/durable-fixture.js'
import { until } from '../test/recorded-log.js'
import { binanceAck } from '../test/scripted-venue.js'
import { aggTrade, depthUpdate } from '../test/venue-frames.js'

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function counted(trades: readonly number[]): number[] {
  return [...new Set(trades)].sort((left, right) => left - right)
}

describe('a durable connection', { concurrency: 4 }, () => {
  test('is replaced before the end of its lifetime: no trade is lost, none is out of order', async () => {
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck, { lifetimeMs: 1_000 })
    let id = 0
    const feed = setInterval(() => {
      id += 1
      for (const peer of fixture.venue.openPeers) peer.send(aggTrade(id))
    }, 3)
    await until('another took over', () => fixture.events.includes('up seamless'), 6_000)
    await sleep(100)
    clearInterval(feed)
    const last = id
    await until('the last trade came', () => fixture.trades.includes(last))
    const { trades } = fixture
    assert.deepEqual(counted(trades), range(trades[0] as number, last))
    assert.ok(trades.length > last, 'the overlap came twice: the receiver recognises it')
    // The old one's trades first, then all of the next one's.
    const turn = fixture.events.indexOf('up seamless')
    for (const part of [fixture.events.slice(0, turn), fixture.events.slice(turn)]) {
      const ids = part.filter(event => /^\d+$/.test(event)).map(Number)
      assert.deepEqual(ids, range(ids[0] as number, ids.at(-1) as number))
    }
    assert.deepEqual(fixture.transitions.slice(0, 4), ['up', 'settled', 'up seamless', 'settled'])
    assert.deepEqual([fixture.lanes.count('connectionsLost'), fixture.lanes.count('handovers')], [0, 1])
    assert.equal(fixture.venue.openPeers.length, 1)
  })

  test('opens the next connection at the notice of a shutdown, without a gap', async () => {
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck)
    const second = await fixture.successor()
    for (const peer of fixture.venue.peers) peer.send(aggTrade(1))
    await sleep(50)
    fixture.peerAt(0).close(1001)
    await until('the next one took over', () => fixture.events.includes('up seamless'))
    second.send(aggTrade(2))
    await until('it works', () => fixture.trades.includes(2))
    assert.deepEqual(fixture.transitions, ['up', 'settled', 'up seamless', 'settled'])
  })

  test('does not hand over to a successor that is not subscribed yet', async () => {
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck)
    fixture.venue.onPeer = () => undefined
    const successor = await fixture.successor()
    successor.send(aggTrade(5))
    await sleep(OVERLAP_MS + 200)
    fixture.peerAt(0).send(aggTrade(5))
    await until('the old one works', () => fixture.trades.includes(5))
    assert.deepEqual(fixture.transitions, ['up', 'settled'])
    successor.send(binanceAck(successor.texts[0] as string) as string)
    await until('the successor took over', () => fixture.events.includes('up seamless'))
    assert.deepEqual(fixture.trades, [5, 5])
  })

  test('is down when the old one is cut before its successor is subscribed', async () => {
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck)
    fixture.venue.onPeer = () => undefined
    const successor = await fixture.successor()
    fixture.peerAt(0).cut()
    await until('it is down', () => fixture.events.includes('down'))
    successor.send(binanceAck(successor.texts[0] as string) as string)
    await until('the successor works', () => fixture.events.at(-1) === 'settled')
    assert.deepEqual(fixture.transitions, ['up', 'settled', 'down', 'up', 'settled'])
    await sleep(2 * BACKOFF_MS_MIN)
    assert.equal(fixture.venue.peers.length, 2, 'no third one is opened beside it')
  })

  test('is down when the old one is cut while the successor has only some subscriptions', async () => {
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck)
    fixture.venue.onPeer = () => undefined
    const successor = await fixture.successor()
    successor.send(aggTrade(5))
    await sleep(50)
    fixture.peerAt(0).cut()
    await until('the successor took over', () => fixture.trades.includes(5))
    successor.send(binanceAck(successor.texts[0] as string) as string)
    await until('it is settled', () => fixture.events.at(-1) === 'settled')
    assert.deepEqual(fixture.events, ['up', 'settled', 'down', 'up', '5', 'settled'])
  })

  test('retries a successor that cannot be opened while the old one works', async () => {
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck, { lifetimeMs: 300 })
    fixture.venue.upgrades = 'refuse'
    await sleep(800)
    fixture.peerAt(0).send(aggTrade(1))
    await until('the old one works', () => fixture.trades.includes(1))
    assert.deepEqual(fixture.transitions, ['up', 'settled'])
    fixture.venue.upgrades = 'accept'
    await until('another took over', () => fixture.events.includes('up seamless'), 8_000)
  })

  test('opens a successor that has to wait for the budget when there is one', async () => {
    const limits = { connectCount: 1, connectWindowMs: 1_200 }
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck, { lifetimeMs: 300, limits })
    await sleep(600)
    assert.equal(fixture.venue.peers.length, 1)
    await fixture.venue.peerCount(2)
    await until('it took over', () => fixture.events.includes('up seamless'))
  })

  test('holds a flood during the overlap up to a limit, then hands over with all of it', async () => {
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck, { overlapMs: 600_000 })
    const successor = await fixture.successor()
    for (const id of range(1, HELD_FRAMES_MAX + 100)) successor.send(aggTrade(id))
    await until('it took over', () => fixture.trades.length === HELD_FRAMES_MAX + 100)
    assert.deepEqual(fixture.trades, range(1, HELD_FRAMES_MAX + 100))
    assert.equal(fixture.transitions[2], 'up seamless')
  })

  test('of books is seamless when both connections brought them for a while', async () => {
    const fixture = await DurableFixture.settled(BINANCE_BOOKS, binanceAck)
    const second = await fixture.successor()
    for (const id of [1, 2, 3]) for (const peer of fixture.venue.openPeers) peer.send(depthUpdate(id))
    await sleep(2 * BOOK_OVERLAP_MS_MIN)
    fixture.peerAt(0).cut()
    await until('the next one took over', () => fixture.events.includes('up seamless'))
    second.send(depthUpdate(4))
    await until('it works', () => fixture.events.includes('4'))
    assert.deepEqual(fixture.trades, [1, 2, 3, 1, 2, 3, 4])
  })

  test('of books begins anew when the old one was cut before what was on its way is sure to be in both', async () => {
    const fixture = await DurableFixture.settled(BINANCE_BOOKS, binanceAck)
    const second = await fixture.successor()
    fixture.peerAt(0).cut()
    second.send(depthUpdate(2))
    await until('the next one works', () => fixture.events.includes('2'))
    assert.deepEqual(fixture.transitions, ['up', 'settled', 'down', 'up', 'settled'])
  })

  test('of books waits while they are paused: what the old one brought meanwhile is not read', async () => {
    const fixture = await DurableFixture.settled(BINANCE_BOOKS, binanceAck)
    await fixture.successor()
    fixture.durable.pause()
    await sleep(OVERLAP_MS + 200)
    assert.deepEqual(fixture.transitions, ['up', 'settled'])
    fixture.peerAt(0).send(depthUpdate(1))
    fixture.durable.resume()
    await until('it took over', () => fixture.events.includes('up seamless'), 3 * OVERLAP_MS)
    assert.deepEqual(fixture.transitions, ['up', 'settled', 'up seamless', 'settled'])
    assert.deepEqual(fixture.trades, [1])
  })

  test('is made for one of its books at most once in a while, whoever asks', async () => {
    const fixture = await DurableFixture.settled(BINANCE_BOOKS, binanceAck)
    assert.equal(fixture.durable.renew(), true)
    assert.equal(fixture.durable.renew(), true, 'it is on its way')
    await until('it took over', () => fixture.events.includes('up seamless'), 3 * OVERLAP_MS)
    assert.equal(fixture.durable.renew(), false)
    assert.equal(fixture.venue.peers.length, 2)
    fixture.aheadMs += RENEW_SPACING_MS
    assert.equal(fixture.durable.renew(), true)
    await fixture.venue.peerCount(3)
  })

  test('for one of its books is not tried again when it fails: the one in use stays', async () => {
    const fixture = await DurableFixture.settled(BINANCE_BOOKS, binanceAck)
    fixture.venue.upgrades = 'refuse'
    fixture.durable.renew()
    await until('it failed', () => fixture.lanes.count('connectFailures') === 1)
    fixture.venue.upgrades = 'accept'
    await sleep(8 * BACKOFF_MS_MIN)
    fixture.peerAt(0).send(depthUpdate(1))
    await until('the old one works', () => fixture.events.includes('1'))
    assert.equal(fixture.venue.peers.length, 1)
    assert.deepEqual(fixture.transitions, ['up', 'settled'])
  })
})
