import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { StatusReason } from '@tradelane/shared/market/nouns'
import type { FrameHead } from '@tradelane/venues/venue'
import { ACK_MS_MAX, BACKOFF_MS_MIN, FIRST_FRAME_MS_MAX, HELD_FRAMES_MAX, OVERLAP_MS, WATCH_MS } from '../limits.js'
import { connectionSetup, planOf, type TestOptions } from '../test/connection-fixture.js'
import { RecordedLog, until } from '../test/recorded-log.js'
import { binanceAck, bybitAck, type ScriptedPeer, ScriptedVenue } from '../test/scripted-venue.js'
import { BYBIT_BTC, BYBIT_ETH, TestLanes } from '../test/test-lanes.js'
import { binanceFutures, bybitLinear } from '../test/test-products.js'
import { aggTrade, bybitBook, publicTrade } from '../test/venue-frames.js'
import { ConnectBudget } from './connect-budget.js'
import { ConnectionFactory } from './connection-factory.js'
import type { ConnectionReceiver } from './connection-receiver.js'
import { DurableConnection } from './durable-connection.js'

type Wanted = Omit<TestOptions, 'endpoint'>
const BINANCE_TRADES: Wanted = { product: binanceFutures, feed: 'trade' }
const BYBIT_TRADES: Wanted = { product: bybitLinear, feed: 'trade', instruments: [BYBIT_BTC, BYBIT_ETH] }
const BYBIT_BOOKS: Wanted = { product: bybitLinear, feed: 'book', instruments: [BYBIT_BTC, BYBIT_ETH] }

interface FixtureOptions {
  readonly lifetimeMs?: number
  readonly budget?: ConnectBudget
}

/** A durable connection to a venue, and what its receiver was called with: `up`, `up seamless`, `settled`, `7` for trade 7, `down`. */
class Fixture implements ConnectionReceiver {
  readonly venue: ScriptedVenue
  readonly lanes = new TestLanes()
  readonly log = new RecordedLog()
  readonly events: string[] = []
  readonly durable: DurableConnection
  reason: StatusReason | undefined
  aheadMs = 0

  constructor(venue: ScriptedVenue, wanted: Wanted, options: FixtureOptions = {}) {
    this.venue = venue
    const nowMs = (): number => performance.now() + this.aheadMs
    const all = { ...wanted, endpoint: venue.ws }
    const { budget, lifetimeMs = null } = options
    const factory = new ConnectionFactory(connectionSetup(all, this.lanes, this.log, nowMs), budget)
    this.durable = new DurableConnection({ factory, feed: wanted.feed, plan: planOf(all), receiver: this, lifetimeMs })
  }

  /** With a venue that answers each request by `answer`. */
  static async open(
    wanted: Wanted,
    answer: (text: string) => string | null,
    options: FixtureOptions = {},
  ): Promise<Fixture> {
    const venue = await ScriptedVenue.open()
    venue.onPeer = peer => {
      peer.answer = answer
    }
    const fixture = new Fixture(venue, wanted, options)
    after(async () => {
      fixture.durable.close()
      await venue.close()
    })
    fixture.durable.open()
    return fixture
  }

  static async settled(
    wanted: Wanted,
    answer: (text: string) => string | null,
    options: FixtureOptions = {},
  ): Promise<Fixture> {
    const fixture = await Fixture.open(wanted, answer, options)
    await until('it is settled', () => fixture.events.includes('settled'))
    return fixture
  }

  get trades(): number[] {
    return this.events.filter(event => /^\d+$/.test(event)).map(Number)
  }

  get news(): string[] {
    return this.events.filter(event => !/^\d+$/.test(event))
  }

  /** The venue announces its shutdown: another connection is opened beside the one in use. */
  async successor(): Promise<ScriptedPeer> {
    this.peerAt(0).send({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1_790_000_000_000 } })
    const successor = await this.venue.peerCount(2)
    await until('it asked', () => successor.texts.length === 1)
    return successor
  }

  peerAt(index: number): ScriptedPeer {
    return this.venue.peers[index] as ScriptedPeer
  }

  onUp(isSeamless: boolean): void {
    this.events.push(isSeamless ? 'up seamless' : 'up')
  }

  onSettled(): void {
    this.events.push('settled')
  }

  onFrame(frame: Buffer, head: FrameHead): void {
    assert.notEqual(head.instrument, undefined)
    const { data } = JSON.parse(frame.toString())
    this.events.push(String(data.u ?? data.a ?? data[0].i))
  }

  onDown(reason: StatusReason): void {
    this.reason = reason
    this.events.push('down')
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function counted(trades: readonly number[]): number[] {
  return [...new Set(trades)].sort((left, right) => left - right)
}

describe('a durable connection', { concurrency: 4 }, () => {
  test('reports a cut, and after a pause with jitter the next connection subscribes everything again', async () => {
    const fixture = await Fixture.settled(BYBIT_TRADES, bybitAck)
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
    assert.equal(fixture.lanes.count('reconnects'), 1)
  })

  test('retries a venue that refuses, less and less often, and works as soon as it is back', async () => {
    const venue = await ScriptedVenue.open()
    await venue.refuseAll()
    const fixture = new Fixture(venue, BINANCE_TRADES)
    const startMs = performance.now()
    fixture.durable.open()
    await until('it failed three times', () => fixture.lanes.count('reconnects') === 3)
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
    test(`leaves a venue that ${name} each time, and the pauses grow all the same`, async () => {
      const fixture = await Fixture.open(wanted, answer)
      const waits: number[] = []
      for (let round = 1; round <= 3; round += 1) {
        await until('it asked', () => fixture.venue.peers[round - 1]?.texts.length === 1)
        await sleep(50)
        fixture.aheadMs += Math.max(ACK_MS_MAX, FIRST_FRAME_MS_MAX) + 1_000
        await until('it gave up', () => fixture.lanes.count('reconnects') === round)
        const endedMs = performance.now()
        await fixture.venue.peerCount(round + 1)
        waits.push(performance.now() - endedMs)
      }
      assert.ok((waits[2] as number) >= 2 * BACKOFF_MS_MIN - 20, `${waits}`)
    })
  }

  test('never exceeds the budget of its venue', async () => {
    const budget = new ConnectBudget({ connectCount: 2, connectWindowMs: 1_000 })
    const startMs = performance.now()
    const fixture = await Fixture.open(BINANCE_TRADES, binanceAck, { budget })
    fixture.venue.onPeer = peer => setTimeout(() => peer.cut(), 5)
    await fixture.venue.peerCount(3)
    assert.ok(performance.now() - startMs >= 1_000, 'the third waits for the window')
  })

  test('is replaced before the end of its lifetime: no trade is lost, none is out of order', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck, { lifetimeMs: 1_000 })
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
    assert.deepEqual(fixture.news.slice(0, 4), ['up', 'settled', 'up seamless', 'settled'])
    assert.equal(fixture.lanes.count('reconnects'), 0)
    assert.equal(fixture.venue.openPeers.length, 1)
  })

  test('opens the next connection at the notice of a shutdown, without a gap', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    const second = await fixture.successor()
    for (const peer of fixture.venue.peers) peer.send(aggTrade(1))
    await sleep(50)
    fixture.peerAt(0).close(1001)
    await until('the next one took over', () => fixture.events.includes('up seamless'))
    second.send(aggTrade(2))
    await until('it works', () => fixture.trades.includes(2))
    assert.deepEqual(fixture.news, ['up', 'settled', 'up seamless', 'settled'])
  })

  test('does not hand over to a successor that is not subscribed yet', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    fixture.venue.onPeer = () => undefined
    const successor = await fixture.successor()
    successor.send(aggTrade(5))
    await sleep(OVERLAP_MS + 200)
    fixture.peerAt(0).send(aggTrade(5))
    await until('the old one works', () => fixture.trades.includes(5))
    assert.deepEqual(fixture.news, ['up', 'settled'])
    successor.send(binanceAck(successor.texts[0] as string) as string)
    await until('the successor took over', () => fixture.events.includes('up seamless'))
    assert.deepEqual(fixture.trades, [5, 5])
  })

  test('is down when the old one is cut before its successor is subscribed', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    fixture.venue.onPeer = () => undefined
    const successor = await fixture.successor()
    fixture.peerAt(0).cut()
    await until('it is down', () => fixture.events.includes('down'))
    successor.send(binanceAck(successor.texts[0] as string) as string)
    await until('the successor works', () => fixture.events.at(-1) === 'settled')
    assert.deepEqual(fixture.news, ['up', 'settled', 'down', 'up', 'settled'])
    await sleep(2 * BACKOFF_MS_MIN)
    assert.equal(fixture.venue.peers.length, 2, 'no third one is opened beside it')
  })

  test('is down when the old one is cut while the successor has only some subscriptions', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
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
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck, { lifetimeMs: 300 })
    fixture.venue.upgrades = 'refuse'
    await sleep(800)
    fixture.peerAt(0).send(aggTrade(1))
    await until('the old one works', () => fixture.trades.includes(1))
    assert.deepEqual(fixture.news, ['up', 'settled'])
    fixture.venue.upgrades = 'accept'
    await until('another took over', () => fixture.events.includes('up seamless'), 8_000)
  })

  test('opens a successor that has to wait for the budget when there is one', async () => {
    const budget = new ConnectBudget({ connectCount: 1, connectWindowMs: 1_200 })
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck, { lifetimeMs: 300, budget })
    await sleep(600)
    assert.equal(fixture.venue.peers.length, 1)
    await fixture.venue.peerCount(2)
    await until('it took over', () => fixture.events.includes('up seamless'))
  })

  test('holds a flood during the overlap up to a limit, then hands over with all of it', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    const successor = await fixture.successor()
    const startMs = performance.now()
    for (const id of range(1, HELD_FRAMES_MAX + 100)) successor.send(aggTrade(id))
    await until('it took over', () => fixture.trades.length === HELD_FRAMES_MAX + 100)
    assert.ok(performance.now() - startMs < OVERLAP_MS)
    assert.deepEqual(fixture.trades, range(1, HELD_FRAMES_MAX + 100))
    assert.equal(fixture.news[2], 'up seamless')
  })

  test('pauses its books, and those of the next connection too', async () => {
    const fixture = await Fixture.settled(BYBIT_BOOKS, bybitAck)
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
    await until('it goes on', () => fixture.trades.includes(3))
  })

  test('reopens at once when asked, whatever the backoff was', async () => {
    const fixture = await Fixture.settled(BYBIT_BOOKS, bybitAck)
    fixture.durable.reopen('the worker of these books restarted')
    await until('it is settled again', () => fixture.news.length === 5, 1_000)
    assert.deepEqual(fixture.news, ['up', 'settled', 'down', 'up', 'settled'])
  })

  test('opens and reports nothing after its end', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    await fixture.successor()
    fixture.durable.close()
    await until('both are closed', () => fixture.venue.openPeers.length === 0)
    fixture.durable.open()
    await sleep(WATCH_MS)
    assert.equal(fixture.venue.peers.length, 2)
    assert.deepEqual(fixture.news, ['up', 'settled'])
  })
})
