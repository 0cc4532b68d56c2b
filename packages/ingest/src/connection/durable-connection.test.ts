import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { StatusReason } from '@tradelane/shared/market/nouns'
import type { FrameHead } from '@tradelane/venues/venue'
import { ACK_MS_MAX, BACKOFF_MS_MIN, FIRST_FRAME_MS_MAX, HELD_FRAMES_MAX, OVERLAP_MS, WATCH_MS } from '../limits.js'
import { connectionSetup, planOf, type TestOptions } from '../test/connection-fixture.js'
import { RecordedLog, until } from '../test/recorded-log.js'
import { binanceAck, bybitAck, type ScriptedLine, ScriptedVenue } from '../test/scripted-venue.js'
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

/** A line towards a venue, and what its feed was told: `up`, `up seamless`, `settled`, `7` for trade 7, `down`. */
class Fixture implements ConnectionReceiver {
  readonly venue: ScriptedVenue
  readonly lanes = new TestLanes()
  readonly log = new RecordedLog()
  readonly told: string[] = []
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
    venue.onLine = line => {
      line.answer = answer
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
    await until('it is settled', () => fixture.told.includes('settled'))
    return fixture
  }

  get trades(): number[] {
    return this.told.filter(event => /^\d+$/.test(event)).map(Number)
  }

  get news(): string[] {
    return this.told.filter(event => !/^\d+$/.test(event))
  }

  /** The venue says that it goes down: another connection is opened beside the one in use. */
  async successor(): Promise<ScriptedLine> {
    this.venueLine(0).send({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1_790_000_000_000 } })
    const successor = await this.venue.lineCount(2)
    await until('it asked', () => successor.texts.length === 1)
    return successor
  }

  venueLine(index: number): ScriptedLine {
    return this.venue.lines[index] as ScriptedLine
  }

  onUp(isSeamless: boolean): void {
    this.told.push(isSeamless ? 'up seamless' : 'up')
  }

  onSettled(): void {
    this.told.push('settled')
  }

  onFrame(frame: Buffer, head: FrameHead): void {
    assert.notEqual(head.instrument, undefined)
    const { data } = JSON.parse(frame.toString())
    this.told.push(String(data.u ?? data.a ?? data[0].i))
  }

  onDown(reason: StatusReason): void {
    this.reason = reason
    this.told.push('down')
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function counted(trades: readonly number[]): number[] {
  return [...new Set(trades)].sort((left, right) => left - right)
}

describe('a line', { concurrency: 4 }, () => {
  test('a cut is told, and after a pause with jitter the next connection asks for everything again', async () => {
    const fixture = await Fixture.settled(BYBIT_TRADES, bybitAck)
    fixture.venueLine(0).send(publicTrade('1'))
    await until('the trade came', () => fixture.trades.length === 1)
    const cutMs = performance.now()
    fixture.venueLine(0).cut()
    const second = await fixture.venue.lineCount(2)
    const waitedMs = performance.now() - cutMs
    assert.ok(waitedMs >= BACKOFF_MS_MIN / 2 - 5 && waitedMs < BACKOFF_MS_MIN * 4, `${waitedMs} ms`)
    await until('it is settled', () => fixture.told.at(-1) === 'settled')
    second.send(publicTrade('2'))
    await until('the next trade came', () => fixture.trades.length === 2)
    assert.deepEqual(fixture.told, ['up', 'settled', '1', 'down', 'up', 'settled', '2'])
    assert.deepEqual(JSON.parse(second.texts[0] ?? '').args, JSON.parse(fixture.venueLine(0).texts[0] ?? '').args)
    assert.equal(fixture.reason, StatusReason.disconnected)
    assert.equal(fixture.lanes.count('reconnects'), 1)
  })

  test('a venue that refuses is tried again, less and less often, and serves as soon as it is there', async () => {
    const venue = await ScriptedVenue.open()
    await venue.refuseAll()
    const fixture = new Fixture(venue, BINANCE_TRADES)
    const startMs = performance.now()
    fixture.durable.open()
    await until('it failed three times', () => fixture.lanes.count('reconnects') === 3)
    const least = (BACKOFF_MS_MIN + 2 * BACKOFF_MS_MIN) / 2
    assert.ok(performance.now() - startMs >= least - 10)
    assert.ok(fixture.log.has(/could not be opened.*ECONNREFUSED/))
    venue.onLine = line => {
      line.answer = binanceAck
    }
    await venue.listen()
    await until('it is settled', () => fixture.told.includes('settled'))
    fixture.durable.close()
    await venue.close()
  })

  for (const [name, wanted, answer] of [
    ['accepts and says nothing', BINANCE_TRADES, () => null],
    ['acknowledges and says nothing more', BYBIT_BOOKS, bybitAck],
  ] as const) {
    test(`a venue that ${name} is left each time, and the pauses grow all the same`, async () => {
      const fixture = await Fixture.open(wanted, answer)
      const waits: number[] = []
      for (let round = 1; round <= 3; round += 1) {
        await until('it asked', () => fixture.venue.lines[round - 1]?.texts.length === 1)
        await sleep(50)
        fixture.aheadMs += Math.max(ACK_MS_MAX, FIRST_FRAME_MS_MAX) + 1_000
        await until('it gave up', () => fixture.lanes.count('reconnects') === round)
        const endedMs = performance.now()
        await fixture.venue.lineCount(round + 1)
        waits.push(performance.now() - endedMs)
      }
      assert.ok((waits[2] as number) >= 2 * BACKOFF_MS_MIN - 20, `${waits}`)
    })
  }

  test('connections of a venue never exceed its budget', async () => {
    const budget = new ConnectBudget({ connectCount: 2, connectWindowMs: 1_000 })
    const startMs = performance.now()
    const fixture = await Fixture.open(BINANCE_TRADES, binanceAck, { budget })
    fixture.venue.onLine = line => setTimeout(() => line.cut(), 5)
    await fixture.venue.lineCount(3)
    assert.ok(performance.now() - startMs >= 1_000, 'the third waits for the window')
  })

  test('before the end of its life another takes over: no trade is lost, none is out of order', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck, { lifetimeMs: 1_000 })
    let id = 0
    const feed = setInterval(() => {
      id += 1
      for (const line of fixture.venue.openLines) line.send(aggTrade(id))
    }, 3)
    await until('another took over', () => fixture.told.includes('up seamless'), 6_000)
    await sleep(100)
    clearInterval(feed)
    const last = id
    await until('the last trade came', () => fixture.trades.includes(last))
    const { trades } = fixture
    assert.deepEqual(counted(trades), range(trades[0] as number, last))
    assert.ok(trades.length > last, 'the overlap was told twice: whoever takes the frames recognises it')
    // The old one's trades first, then all of the next one's.
    const turn = fixture.told.indexOf('up seamless')
    for (const part of [fixture.told.slice(0, turn), fixture.told.slice(turn)]) {
      const ids = part.filter(event => /^\d+$/.test(event)).map(Number)
      assert.deepEqual(ids, range(ids[0] as number, ids.at(-1) as number))
    }
    assert.deepEqual(fixture.news.slice(0, 4), ['up', 'settled', 'up seamless', 'settled'])
    assert.equal(fixture.lanes.count('reconnects'), 0)
    assert.equal(fixture.venue.openLines.length, 1)
  })

  test('the notice of a shutdown makes the next connection at once, without a hole', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    const second = await fixture.successor()
    for (const line of fixture.venue.lines) line.send(aggTrade(1))
    await sleep(50)
    fixture.venueLine(0).close(1001)
    await until('the next one took over', () => fixture.told.includes('up seamless'))
    second.send(aggTrade(2))
    await until('it serves', () => fixture.trades.includes(2))
    assert.deepEqual(fixture.news, ['up', 'settled', 'up seamless', 'settled'])
  })

  test('a successor that is not subscribed yet does not take over: the old one serves on', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    fixture.venue.onLine = () => undefined
    const successor = await fixture.successor()
    successor.send(aggTrade(5))
    await sleep(OVERLAP_MS + 200)
    fixture.venueLine(0).send(aggTrade(5))
    await until('the old one serves', () => fixture.trades.includes(5))
    assert.deepEqual(fixture.news, ['up', 'settled'])
    successor.send(binanceAck(successor.texts[0] as string) as string)
    await until('the successor took over', () => fixture.told.includes('up seamless'))
    assert.deepEqual(fixture.trades, [5, 5])
  })

  test('when the old one is cut before its successor is subscribed, that is a hole and is told', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    fixture.venue.onLine = () => undefined
    const successor = await fixture.successor()
    fixture.venueLine(0).cut()
    await until('the hole is told', () => fixture.told.includes('down'))
    successor.send(binanceAck(successor.texts[0] as string) as string)
    await until('the successor serves', () => fixture.told.at(-1) === 'settled')
    assert.deepEqual(fixture.news, ['up', 'settled', 'down', 'up', 'settled'])
    await sleep(2 * BACKOFF_MS_MIN)
    assert.equal(fixture.venue.lines.length, 2, 'no third one is opened beside it')
  })

  test('when the old one is cut while the successor has only some streams, that is a hole and is told', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    fixture.venue.onLine = () => undefined
    const successor = await fixture.successor()
    successor.send(aggTrade(5))
    await sleep(50)
    fixture.venueLine(0).cut()
    await until('the successor took over', () => fixture.trades.includes(5))
    successor.send(binanceAck(successor.texts[0] as string) as string)
    await until('it is settled', () => fixture.told.at(-1) === 'settled')
    assert.deepEqual(fixture.told, ['up', 'settled', 'down', 'up', '5', 'settled'])
  })

  test('a successor that cannot be opened is tried again while the old one serves', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck, { lifetimeMs: 300 })
    fixture.venue.upgrades = 'refuse'
    await sleep(800)
    fixture.venueLine(0).send(aggTrade(1))
    await until('the old one serves', () => fixture.trades.includes(1))
    assert.deepEqual(fixture.news, ['up', 'settled'])
    fixture.venue.upgrades = 'accept'
    await until('another took over', () => fixture.told.includes('up seamless'), 8_000)
  })

  test('a successor that has to wait for the budget comes when there is one', async () => {
    const budget = new ConnectBudget({ connectCount: 1, connectWindowMs: 1_200 })
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck, { lifetimeMs: 300, budget })
    await sleep(600)
    assert.equal(fixture.venue.lines.length, 1)
    await fixture.venue.lineCount(2)
    await until('it took over', () => fixture.told.includes('up seamless'))
  })

  test('a flood during the overlap is held up to a limit, then the successor takes over with all of it', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    const successor = await fixture.successor()
    const startMs = performance.now()
    for (const id of range(1, HELD_FRAMES_MAX + 100)) successor.send(aggTrade(id))
    await until('it took over', () => fixture.trades.length === HELD_FRAMES_MAX + 100)
    assert.ok(performance.now() - startMs < OVERLAP_MS)
    assert.deepEqual(fixture.trades, range(1, HELD_FRAMES_MAX + 100))
    assert.equal(fixture.news[2], 'up seamless')
  })

  test('a full ring holds its books, and those of the next connection too', async () => {
    const fixture = await Fixture.settled(BYBIT_BOOKS, bybitAck)
    fixture.venueLine(0).send(bybitBook(1))
    await until('the book came', () => fixture.trades.includes(1))
    fixture.durable.pause()
    fixture.venueLine(0).send(bybitBook(2))
    await sleep(50)
    assert.ok(!fixture.trades.includes(2))
    fixture.durable.reopen('for the test')
    const second = await fixture.venue.lineCount(2)
    second.send(bybitBook(3))
    await sleep(100)
    assert.ok(!fixture.trades.includes(3))
    fixture.durable.resume()
    await until('it goes on', () => fixture.trades.includes(3))
  })

  test('it is opened anew at once when asked, whatever the backoff was', async () => {
    const fixture = await Fixture.settled(BYBIT_BOOKS, bybitAck)
    fixture.durable.reopen('the worker of these books started anew')
    await until('it is settled again', () => fixture.news.length === 5, 1_000)
    assert.deepEqual(fixture.news, ['up', 'settled', 'down', 'up', 'settled'])
  })

  test('after its end nothing is opened and nothing is told', async () => {
    const fixture = await Fixture.settled(BINANCE_TRADES, binanceAck)
    await fixture.successor()
    fixture.durable.close()
    await until('both are closed', () => fixture.venue.openLines.length === 0)
    fixture.durable.open()
    await sleep(WATCH_MS)
    assert.equal(fixture.venue.lines.length, 2)
    assert.deepEqual(fixture.news, ['up', 'settled'])
  })
})
