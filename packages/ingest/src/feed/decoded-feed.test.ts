// Subscriptions that a venue refuses, from the start or later on, and instruments that it ends: what is published of them.

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { CellStatus, Kind, type MonotonicUs, StatusReason, type SubscribedKind } from '@tradelane/shared/market/nouns'
import { FrameClass } from '@tradelane/venues/frame-class'
import { ContractSizes } from '@tradelane/venues/sizes'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import { RecordedLog, until } from '../test/recorded-log.js'
import { binanceAck, bybitAck, type ScriptedPeer, ScriptedVenue } from '../test/scripted-venue.js'
import { contextOf } from '../test/test-context.js'
import { binanceRest, bybitRest } from '../test/test-ingest.js'
import { BINANCE, BTC, BYBIT, BYBIT_BTC, BYBIT_ETH, ETH, type LoggedRecord, TestLanes } from '../test/test-lanes.js'
import { binanceFutures, bybitLinear } from '../test/test-products.js'
import { aggTrade, publicTrade } from '../test/venue-frames.js'
import { BookFeed } from './book-feed.js'
import { DecodedFeed } from './decoded-feed.js'
import { ProductSession } from './product-session.js'

const LIVE = [CellStatus.live, StatusReason.connected]
const REJECTED = [CellStatus.down, StatusReason.refused]
const ETH_TRADES = { bybit: 'publicTrade.ETHUSDT', binance: 'ethusdt@aggTrade' }

/** BTC and ETH of one product on one connection, at a venue that refuses what the test names. */
class Fixture {
  readonly lanes = new TestLanes()
  readonly log = new RecordedLog()
  readonly records: LoggedRecord[] = []
  /** The venue's names of subscriptions. */
  refused: readonly string[] = []
  readonly venue: ScriptedVenue
  readonly #name: 'bybit' | 'binance'

  constructor(venue: ScriptedVenue, name: 'bybit' | 'binance') {
    this.venue = venue
    this.#name = name
    venue.rest = name === 'bybit' ? bybitRest() : binanceRest()
    venue.onPeer = peer => {
      peer.answer = text => this.#answer(text)
    }
  }

  static async open(name: 'bybit' | 'binance', kinds: SubscribedKind[], refused: string[] = []): Promise<Fixture> {
    const fixture = new Fixture(await ScriptedVenue.open(), name)
    fixture.refused = refused
    const instruments = name === 'bybit' ? [BYBIT_BTC, BYBIT_ETH] : [BTC, ETH]
    const session = new ProductSession(contextOf(fixture.lanes, fixture.log), {
      product: name === 'bybit' ? bybitLinear : binanceFutures,
      index: name === 'bybit' ? BYBIT : BINANCE,
      endpoints: { ws: fixture.venue.ws, rest: fixture.venue.httpUrl },
      subscriptions: instruments.flatMap(instrument => kinds.map(kind => ({ kind, instrument }))),
      sizeUnits: 'venue',
      venueSettings: {},
      listRefreshMs: 100,
    })
    after(async () => {
      session.close()
      await fixture.venue.close()
    })
    await session.start()
    await fixture.link(Kind.trade, refused.length > 0 ? REJECTED : LIVE)
    return fixture
  }

  get peer(): ScriptedPeer {
    return this.venue.peers.at(-1) ?? assert.fail('no connection')
  }

  async link(about: Kind, wanted: readonly number[]): Promise<void> {
    const product = this.#name === 'bybit' ? BYBIT : BINANCE
    await until(`the link of kind ${about} is ${wanted}`, () => {
      const { status, reason } = this.lanes.link(product, about)
      return status === wanted[0] && reason === wanted[1]
    })
  }

  /** The connection is cut, and another one is open whose requests were all answered. */
  async cut(refused: readonly string[]): Promise<void> {
    this.refused = refused
    const { length } = this.venue.peers
    const rejections = this.lanes.count('rejections')
    const gaps = this.lanes.count('upstreamGaps')
    this.peer.cut()
    await this.venue.peerCount(length + 1)
    if (refused.length > 0) await until('it was refused', () => this.lanes.count('rejections') > rejections)
    // BTC is never refused. Its ids prove nothing: it has its gap as soon as every request is answered.
    if (this.#name === 'bybit') await until('BTC has its gap', () => this.lanes.count('upstreamGaps') > gaps)
  }

  /** What came for ETH since the last call: `7`, `missed 3`. */
  takeEth(): string[] {
    const all = this.lanes.takeRecords()
    this.records.push(...all)
    const ofEth = all.filter(({ json }) => json.instrument.base === 'eth')
    return ofEth.map(({ kind, json }) => (kind === Kind.gap ? `missed ${json.missed}` : json.data.id))
  }

  async eth(frame: string, ...expected: string[]): Promise<void> {
    const briefs = this.takeEth()
    this.peer.send(frame)
    await until(`${expected} came, not ${briefs}`, () => {
      briefs.push(...this.takeEth())
      return briefs.length >= expected.length
    })
    assert.deepEqual(briefs, expected)
  }

  #answer(text: string): string | null {
    const request = JSON.parse(text)
    const names: string[] = request.args ?? request.params ?? []
    const bad = this.refused.find(name => names.includes(name))
    if (this.#name === 'binance') {
      if (bad === undefined) return binanceAck(text)
      return JSON.stringify({ error: { code: -1121, msg: 'Invalid symbol.' }, id: request.id })
    }
    if (bad === undefined) return bybitAck(text)
    const reason = `error:handler not found,topic:${bad}`
    return JSON.stringify({ success: false, ret_msg: reason, conn_id: 'c', req_id: request.req_id, op: 'subscribe' })
  }
}

describe('a subscription that the venue refuses', { concurrency: 3 }, () => {
  test('at a reconnection keeps its link down, and its gap is published when it is back, from its beginning', async () => {
    const fixture = await Fixture.open('bybit', [Kind.trade, Kind.liquidation])
    const tradeMs = 1_790_000_000_000
    await fixture.eth(publicTrade('e1', 'ETHUSDT', tradeMs), 'e1')
    for (let round = 1; round <= 2; round += 1) {
      await fixture.cut([ETH_TRADES.bybit])
      await fixture.link(Kind.trade, REJECTED)
      await fixture.link(Kind.liquidation, LIVE)
      assert.deepEqual(fixture.takeEth(), ['missed 0'], 'liquidations were not refused')
    }
    await fixture.cut([])
    await fixture.link(Kind.trade, LIVE)
    await fixture.eth(publicTrade('e2', 'ETHUSDT'), 'missed null', 'e2')
    const gap = fixture.records.findLast(({ kind, json }) => kind === Kind.gap && json.instrument.base === 'eth')
    assert.ok(Date.parse(gap?.json.from_time) <= tradeMs)
  })

  test('at the replacement of a connection that carried it is missed from then on', async () => {
    const fixture = await Fixture.open('binance', [Kind.trade, Kind.liquidation])
    await fixture.eth(aggTrade(1, 'ETHUSDT'), '1')
    fixture.refused = [ETH_TRADES.binance, 'ethusdt@forceOrder']
    fixture.peer.send({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1_790_000_000_000 } })
    for (const kind of [Kind.trade, Kind.liquidation]) await fixture.link(kind, REJECTED)
    assert.equal(fixture.lanes.count('connectionsLost'), 0)
    assert.deepEqual(fixture.takeEth(), [])
    await fixture.cut([])
    await fixture.link(Kind.trade, LIVE)
    await fixture.eth(aggTrade(5, 'ETHUSDT'), 'missed 0', 'missed 3', '5')
  })

  test('from the start makes no gap, however often the connection is lost, nor when it works in the end', async () => {
    const fixture = await Fixture.open('bybit', [Kind.trade], [ETH_TRADES.bybit])
    for (let round = 1; round <= 2; round += 1) {
      await fixture.cut([ETH_TRADES.bybit])
      await fixture.link(Kind.trade, REJECTED)
    }
    await fixture.cut([])
    await fixture.link(Kind.trade, LIVE)
    await fixture.eth(publicTrade('e1', 'ETHUSDT'), 'e1')
  })
})

describe('an instrument that the venue ended', { concurrency: 3 }, () => {
  const ENDED = [CellStatus.stale, StatusReason.notListed]

  test('is not requested again, and has no gap until one of its trades still comes', async () => {
    const fixture = await Fixture.open('bybit', [Kind.trade])
    await fixture.eth(publicTrade('e1', 'ETHUSDT'), 'e1')
    fixture.venue.rest = bybitRest(['BTCUSDT'])
    await fixture.link(Kind.trade, ENDED)
    await until('it was unsubscribed', () => fixture.peer.texts.some(text => /unsubscribe.*ETHUSDT/.test(text)))
    for (let round = 1; round <= 2; round += 1) {
      await fixture.cut([])
      await fixture.link(Kind.trade, ENDED)
      assert.ok(!fixture.peer.texts.some(text => text.includes('ETHUSDT')))
    }
    assert.deepEqual(fixture.takeEth(), [])
    await fixture.eth(publicTrade('e2', 'ETHUSDT'), 'missed null', 'e2')
  })

  test('keeps its link down only until the venue no longer lists it', async () => {
    const fixture = await Fixture.open('bybit', [Kind.trade])
    await fixture.cut([ETH_TRADES.bybit])
    await fixture.link(Kind.trade, REJECTED)
    fixture.venue.rest = bybitRest(['BTCUSDT'])
    await fixture.link(Kind.trade, ENDED)
  })

  test('and lists again has a gap from its end on', async () => {
    const fixture = await Fixture.open('binance', [Kind.trade])
    await fixture.eth(aggTrade(1, 'ETHUSDT'), '1')
    fixture.venue.rest = binanceRest(['BTCUSDT'])
    await fixture.link(Kind.trade, ENDED)
    const { length } = fixture.venue.peers
    fixture.venue.rest = binanceRest()
    await fixture.venue.peerCount(length + 1)
    await fixture.link(Kind.trade, LIVE)
    await fixture.eth(aggTrade(5, 'ETHUSDT'), 'missed 3', '5')
  })
})

test('a receiver gets no frame before its connection is up', () => {
  const context = contextOf(new TestLanes(), new RecordedLog())
  const feeds = [
    new DecodedFeed(context, {
      product: binanceFutures,
      productIndex: BINANCE,
      instruments: newSymbolIndex([BTC]),
      sizes: new ContractSizes('venue'),
      subscriptions: [{ kind: Kind.trade, instrument: BTC }],
    }),
    new BookFeed(context, { productIndex: BINANCE, shard: 0, instruments: [BTC], sizes: new ContractSizes('venue') }),
  ]
  const head = { frameClass: FrameClass.trade, instrument: BTC }
  for (const feed of feeds) {
    assert.throws(() => feed.onFrame(Buffer.from(aggTrade(1)), head, 1 as MonotonicUs), /before its connection is up/)
    feed.onUp(false)
    feed.onFrame(Buffer.from(aggTrade(1)), head, 1 as MonotonicUs)
    feed.onDown(StatusReason.disconnected)
    assert.throws(() => feed.onFrame(Buffer.from(aggTrade(2)), head, 1 as MonotonicUs), /before its connection is up/)
  }
})
