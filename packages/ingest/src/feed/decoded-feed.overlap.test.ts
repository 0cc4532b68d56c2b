// A connection is replaced in time: both bring the same trades, more than the overlap may hold, and each is published once.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kind } from '@tradelane/shared/market/nouns'
import { HeldFrames } from '../connection/held-frames.js'
import { HELD_FRAMES_MAX, TRADE_NUMBERS_KEPT } from '../limits.js'
import { FeedFixture } from '../test/feed-fixture.js'
import { aggTrade, okxTrade, rawTrade } from '../test/venue-frames.js'

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
    const fixture = new FeedFixture(productId, { kinds: [Kind.trade], venueSettings, retained: 20_000 }).up()
    let [rank, isFull] = [0, false]
    const held = new HeldFrames(() => {
      isFull = true
    })
    for (; !isFull; rank += 1) fixture.give(frame(rank)).give(frame(rank), held)
    assert.ok(rank <= HELD_FRAMES_MAX)
    // The old connection was ahead by some frames, which the new one brings after the handover.
    for (let ahead = 0; ahead * tradesPerFrame < AHEAD; ahead += 1) fixture.give(frame(rank + ahead))
    fixture.feed.onUp(true)
    held.deliverTo(fixture.feed)
    fixture.feed.onSettled(new Set())
    for (let after = 0; after < 10; after += 1) fixture.give(frame(rank + after))
    const records = fixture.lanes.takeRecords()
    const ids = records.map(({ json }) => json.data?.id)
    assert.equal(new Set(ids).size, ids.length, 'no trade came twice')
    assert.equal(records.filter(({ kind }) => kind === Kind.gap).length, 0)
    assert.equal(ids.length, (rank + 10) * tradesPerFrame)
  })
}

test('ids that restart during an overlap are followed after it, with a gap', () => {
  const fixture = new FeedFixture('binance-futures', { kinds: [Kind.trade] }).up()
  fixture.give(aggTrade(5_000_000)).up(true).give(aggTrade(1))
  fixture.pass(20_000).give(aggTrade(2)).give(aggTrade(3))
  assert.deepEqual(fixture.published(), ['5000000', 'missed null: 5000000 > 2', '2', '3'])
})
