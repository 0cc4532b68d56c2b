import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { StatusReason } from '@tradelane/shared/market/nouns'
import { ACK_MS_MAX, BACKOFF_MS_MIN, FIRST_FRAME_MS_MAX, WATCH_MS } from '../limits.js'
import { BINANCE_TRADES, BYBIT_BOOKS, BYBIT_TRADES } from '../test/connection-fixture.js'
import { DurableFixture } from '../test/durable-fixture.js'
import { until } from '../test/recorded-log.js'
import { binanceAck, bybitAck, ScriptedVenue } from '../test/scripted-venue.js'
import { bybitBook, publicTrade } from '../test/venue-frames.js'

describe('a durable connection', { concurrency: 4 }, () => {
  test('reports a cut, and after a pause with jitter the next connection subscribes everything again', async () => {
    const fixture = await DurableFixture.settled(BYBIT_TRADES, bybitAck)
    fixture.peerAt(0).send(publicTrade('1'))
    await until('the trade came', () => fixture.trades.length === 1)
    const cutMs = performance.now()
    fixture.peerAt(0).cut()
    const second = await fixture.venue.peerCount(2)
    const waitedMs = performance.now() - cutMs
    assert.ok(waitedMs >= BACKOFF_MS_MIN / 2 - 5 && waitedMs < BACKOFF_MS_MIN * 4, `${waitedMs} ms`)
    await until('it is settled', () => fixture.events.at(-1) === 'settled')
    second.send(publicTrade('2'))
    await until('the next trade came', () => fixture.trades.length === 2)
    assert.deepEqual(fixture.events, ['up', 'settled', '1', 'down', 'up', 'settled', '2'])
    assert.deepEqual(JSON.parse(second.texts[0] ?? '').args, JSON.parse(fixture.peerAt(0).texts[0] ?? '').args)
    assert.equal(fixture.reason, StatusReason.disconnected)
    assert.equal(fixture.lanes.count('connectionsLost'), 1)
  })

  test('retries a venue that refuses, less and less often, and works as soon as it is back', async () => {
    const venue = await ScriptedVenue.open()
    await venue.refuseAll()
    const fixture = new DurableFixture(venue, BINANCE_TRADES)
    const startMs = performance.now()
    fixture.durable.open()
    await until('it failed three times', () => fixture.lanes.count('connectFailures') === 3)
    const least = (BACKOFF_MS_MIN + 2 * BACKOFF_MS_MIN) / 2
    assert.ok(performance.now() - startMs >= least - 10)
    assert.ok(fixture.log.has(/could not be opened.*ECONNREFUSED/))
    venue.onPeer = peer => {
      peer.answer = binanceAck
    }
    await venue.listen()
    await until('it is settled', () => fixture.events.includes('settled'))
    fixture.durable.close()
    await venue.close()
  })

  for (const [name, wanted, answer] of [
    ['accepts and sends nothing', BINANCE_TRADES, () => null],
    ['acknowledges and sends nothing more', BYBIT_BOOKS, bybitAck],
  ] as const) {
    test(`ends each connection to a venue that ${name}, with growing pauses between them`, async () => {
      const fixture = await DurableFixture.open(wanted, answer)
      const waits: number[] = []
      for (let round = 1; round <= 3; round += 1) {
        await until('it subscribed', () => fixture.venue.peers[round - 1]?.texts.length === 1)
        await sleep(50)
        fixture.aheadMs += Math.max(ACK_MS_MAX, FIRST_FRAME_MS_MAX) + 1_000
        const { lanes } = fixture
        await until('it ended', () => lanes.count('connectionsLost') + lanes.count('connectFailures') === round)
        const endedMs = performance.now()
        await fixture.venue.peerCount(round + 1)
        waits.push(performance.now() - endedMs)
      }
      assert.ok((waits[2] as number) >= 2 * BACKOFF_MS_MIN - 20, `${waits}`)
    })
  }

  test('never exceeds the budget of its venue', async () => {
    const limits = { connectCount: 2, connectWindowMs: 1_000 }
    const startMs = performance.now()
    const fixture = await DurableFixture.open(BINANCE_TRADES, binanceAck, { limits })
    fixture.venue.onPeer = peer => setTimeout(() => peer.cut(), 5)
    await fixture.venue.peerCount(3)
    assert.ok(performance.now() - startMs >= 1_000, 'the third waits for the window')
  })

  test('pauses its books, and those of the next connection too', async () => {
    const fixture = await DurableFixture.settled(BYBIT_BOOKS, bybitAck)
    fixture.peerAt(0).send(bybitBook(1))
    await until('the book came', () => fixture.trades.includes(1))
    fixture.durable.pause()
    fixture.peerAt(0).send(bybitBook(2))
    await sleep(50)
    assert.ok(!fixture.trades.includes(2))
    fixture.durable.reopen('for the test')
    const second = await fixture.venue.peerCount(2)
    second.send(bybitBook(3))
    await sleep(100)
    assert.ok(!fixture.trades.includes(3))
    fixture.durable.resume()
    await until('it continues', () => fixture.trades.includes(3))
  })

  test('reopens at once when asked, whatever the backoff was', async () => {
    const fixture = await DurableFixture.settled(BYBIT_BOOKS, bybitAck)
    fixture.durable.reopen('the worker of these books restarted')
    await until('it is settled again', () => fixture.transitions.length === 5, 1_000)
    assert.deepEqual(fixture.transitions, ['up', 'settled', 'down', 'up', 'settled'])
  })

  test('opens and reports nothing after its end', async () => {
    const fixture = await DurableFixture.settled(BINANCE_TRADES, binanceAck)
    await fixture.successor()
    fixture.durable.close()
    await until('both are closed', () => fixture.venue.openPeers.length === 0)
    fixture.durable.open()
    await sleep(WATCH_MS)
    assert.equal(fixture.venue.peers.length, 2)
    assert.deepEqual(fixture.transitions, ['up', 'settled'])
  })
})
