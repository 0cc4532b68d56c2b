// A connection is replaced in time: both bring the same trades, more than the overlap may hold, and each is published once.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decimal, Kind, type MonotonicUs, type ProductIndex } from '@tradelane/shared/market/nouns'
import { PRODUCTS } from '@tradelane/venues/registry'
import { ContractSizes } from '@tradelane/venues/sizes'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import { FrameClass, type Product } from '@tradelane/venues/venue'
import { HeldFrames } from '../connection/held-frames.js'
import { HELD_FRAMES_MAX, TRADE_NUMBERS_KEPT } from '../limits.js'
import { Publishers } from '../publish/publishers.js'
import { RecordedLog } from '../test/recorded-log.js'
import { contextOf } from '../test/test-context.js'
import { ingestStart } from '../test/test-ingest.js'
import { BTC, TestLanes } from '../test/test-lanes.js'
import { aggTrade, okxTrade, rawTrade } from '../test/venue-frames.js'
import { DecodedFeed } from './decoded-feed.js'

/** Fills of an OKX trade: so many that the ids of one overlap are more than are kept. */
const FILLS = 40
/** Trades by which the old connection may be ahead of the new one. */
const AHEAD = 5

/** Trades of one frame, as short as the venue's protocol allows, from this number on. */
function bybitTrades(first: number, count: number): string {
  const data = Array.from({ length: count }, (_, rank) => ({
    T: 1_790_000_000_000,
    s: 'BTCUSDT',
    S: 'Buy',
    v: '1',
    p: '1',
    i: `u${first + rank}`,
  }))
  return JSON.stringify({ topic: 'publicTrade.BTCUSDT', data })
}

interface Overlap {
  readonly productId: string
  readonly trades: string
  readonly venueSettings?: Readonly<Record<string, string>>
  frame(rank: number): string
  readonly tradesPerFrame: number
}

const OVERLAPS: readonly Overlap[] = [
  { productId: 'binance-futures', trades: 'aggregate trades', frame: rank => aggTrade(rank), tradesPerFrame: 1 },
  {
    productId: 'binance-futures',
    trades: 'raw trades with holes in their ids',
    venueSettings: { BINANCE_FUTURES_TRADES: 'raw' },
    frame: rank => rawTrade(TRADE_NUMBERS_KEPT + 40 * rank),
    tradesPerFrame: 1,
  },
  {
    productId: 'okx-swap',
    trades: 'trades of many fills each',
    frame: rank => okxTrade(TRADE_NUMBERS_KEPT + FILLS * rank, { count: FILLS }),
    tradesPerFrame: 1,
  },
  {
    productId: 'bybit-linear',
    trades: 'full frames of short trades',
    frame: rank => bybitTrades(1_024 * rank, 1_024),
    tradesPerFrame: 1_024,
  },
  { productId: 'bybit-linear', trades: 'trades one by one', frame: rank => bybitTrades(rank, 1), tradesPerFrame: 1 },
]

for (const { productId, trades, venueSettings = {}, frame, tradesPerFrame } of OVERLAPS) {
  test(`${productId}, ${trades}: all that an overlap may hold is recognized`, () => {
    const product = PRODUCTS.find(({ id }) => id === productId) as Product
    const lanes = new TestLanes({ retained: 50_000 })
    const feed = newFeed(lanes, product, venueSettings)
    const head = { frameClass: FrameClass.trade, instrument: instrumentOf(product) }
    let [rank, isFull] = [0, false]
    const held = new HeldFrames(() => {
      isFull = true
    })
    const give = (receiver: Pick<DecodedFeed, 'onFrame'>, number: number): void =>
      receiver.onFrame(Buffer.from(frame(number)), head, lanes.clock.monotonicUs())
    feed.onUp(false)
    feed.onSettled(new Set())
    while (!isFull) {
      give(feed, rank)
      give(held, rank)
      rank += 1
    }
    assert.ok(rank <= HELD_FRAMES_MAX)
    // The old connection was ahead by some frames, which the new one brings after the handover.
    for (let ahead = 0; ahead * tradesPerFrame < AHEAD; ahead += 1) give(feed, rank + ahead)
    feed.onUp(true)
    held.deliverTo(feed)
    feed.onSettled(new Set())
    for (let after = 0; after < 10; after += 1) give(feed, rank + after)
    const records = lanes.takeRecords()
    const ids = records.map(({ json }) => json.data?.id)
    assert.equal(new Set(ids).size, ids.length, 'no trade came twice')
    assert.equal(records.filter(({ kind }) => kind === Kind.gap).length, 0)
    assert.equal(ids.length, (rank + 10) * tradesPerFrame)
  })
}

test('ids that restart during an overlap are followed after it, with a gap', () => {
  const product = PRODUCTS.find(({ id }) => id === 'binance-futures') as Product
  const lanes = new TestLanes()
  const feed = newFeed(lanes, product, {})
  const head = { frameClass: FrameClass.trade, instrument: BTC }
  const give = (id: number, lateUs = 0): void =>
    feed.onFrame(Buffer.from(aggTrade(id)), head, (lanes.clock.monotonicUs() + lateUs) as MonotonicUs)
  feed.onUp(false)
  feed.onSettled(new Set())
  give(5_000_000)
  feed.onUp(true)
  give(1)
  give(2, 20_000_000)
  give(3, 20_000_000)
  const records = lanes.takeRecords()
  assert.deepEqual(
    records.map(({ kind, json }) => (kind === Kind.gap ? json.missed : json.data.id)),
    ['5000000', null, '2', '3'],
  )
})

function instrumentOf(product: Product) {
  return { ...BTC, symbol: product.symbolOf('btc', 'usdt') }
}

function newFeed(lanes: TestLanes, product: Product, venueSettings: Readonly<Record<string, string>>): DecodedFeed {
  const context = contextOf(lanes, new RecordedLog())
  const instrument = instrumentOf(product)
  const label = { index: 0 as ProductIndex, id: product.id, venue: 'any', exchange: product.exchange }
  const start = ingestStart(lanes, { products: [{ ...label, marketType: product.marketType }], venueSettings })
  const sizes = new ContractSizes('venue')
  sizes.set(instrument, '1' as Decimal)
  const publishers = new Publishers({ ...start, instruments: [instrument] }, context.environment, context.counters)
  return new DecodedFeed(
    { ...context, publishers },
    {
      product,
      productIndex: 0 as ProductIndex,
      instruments: newSymbolIndex([instrument]),
      sizes,
      subscriptions: [{ kind: Kind.trade, instrument }],
    },
  )
}
