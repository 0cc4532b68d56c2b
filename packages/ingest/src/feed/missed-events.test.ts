// Trades and liquidations that a venue sends in a form that cannot be read, inside frames that can.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kind } from '@tradelane/shared/market/nouns'
import { MISSED_GAPS_MS } from '../limits.js'
import { FeedFixture } from '../test/feed-fixture.js'
import { aggTrade, forceOrder, okxTrade, publicTrade, rawTrade } from '../test/venue-frames.js'

/** `!`: an event without a price. */
function bybitFrame(topic: 'publicTrade' | 'allLiquidation', names: readonly string[]): string {
  const data = names.map(name => {
    const event = { T: 1_790_000_000_000, s: 'BTCUSDT', S: 'Buy', v: '1', p: name === '!' ? undefined : name, i: name }
    return name === '?' ? 7 : event
  })
  return JSON.stringify({ topic: `${topic}.BTCUSDT`, type: 'snapshot', ts: 1_790_000_000_000, data })
}

function okxLiquidations(entries: readonly object[]): string {
  return JSON.stringify({ arg: { channel: 'liquidation-orders', instType: 'SWAP' }, data: entries })
}

function okxEntry(instId: unknown, prices: readonly string[]): object {
  const detail = { side: 'buy', posSide: 'short', sz: '1', ts: String(Date.now()) }
  return { instId, details: prices.map(price => ({ ...detail, bkPx: price === '!' ? null : price })) }
}

test('Bybit: a trade that cannot be read is a gap in its place in the frame', () => {
  const fixture = new FeedFixture('bybit-linear').up().give(bybitFrame('publicTrade', ['1', '2', '!', '3', '?', '4']))
  assert.deepEqual(fixture.published(), ['1', '2', 'missed null: 2 > 3', '3', 'missed null: 3 > 4', '4'])
  assert.equal(fixture.lanes.count('tradesMalformed'), 2)
  fixture.pass(10_000).give(publicTrade('5'))
  assert.deepEqual(fixture.published(), ['5'])
})

test('Bybit: the last trade of a frame, and a frame of which nothing can be read, are gaps at the end of it', () => {
  const fixture = new FeedFixture('bybit-linear').up().give(bybitFrame('publicTrade', ['1', '!']))
  assert.deepEqual(fixture.published(), ['1', 'missed null: 1 > null'])
  fixture.pass(2 * MISSED_GAPS_MS).give('{"topic":"publicTrade.BTCUSDT","data":7}')
  assert.deepEqual(fixture.published(), ['missed null: 1 > null'])
  fixture.pass(2 * MISSED_GAPS_MS).give('{"topic":"publicTrade.BTCUSDT","data":[{"T":1}')
  assert.deepEqual(fixture.published(), ['missed null: 1 > null'])
})

test('liquidations of every venue: one that cannot be read is a gap in its place, and trades have none', () => {
  const bybit = new FeedFixture('bybit-linear').up().give(publicTrade('7'))
  bybit.give(bybitFrame('allLiquidation', ['1', '!', '2']))
  assert.deepEqual(bybit.published(), ['7', 'liq 1', 'missed 0: 7 > null', 'liq 2'])
  const binance = new FeedFixture('binance-futures').up().give(aggTrade(7)).give(forceOrder('-1')).give(aggTrade(8))
  assert.deepEqual(binance.published(), ['7', 'missed 0: 7 > null', '8'])
})

test('OKX: liquidations that cannot be read are a gap of their instrument, or of all where it cannot be read either', () => {
  const fixture = new FeedFixture('okx-swap', { bases: ['btc', 'eth'] }).up()
  fixture
    .give(okxTrade(1))
    .give(okxTrade(1, { instId: 'ETH-USDT-SWAP' }))
    // No history comes after a new one.
    .give(okxLiquidations([okxEntry('BTC-USDT-SWAP', ['0'])]))
  assert.deepEqual(fixture.published(), ['1', '1', 'liq 0'])
  fixture.give(okxLiquidations([okxEntry('BTC-USDT-SWAP', ['1', '!', '2']), okxEntry('ETH-USDT-SWAP', ['3'])]))
  assert.deepEqual(fixture.published(), ['liq 1', 'missed 0: 1 > null', 'liq 2', 'liq 3'])
  assert.equal(fixture.lanes.count('liquidationsMalformed'), 1)
  fixture.pass(2 * MISSED_GAPS_MS).give(okxLiquidations([okxEntry(null, ['4']), okxEntry('ETH-USDT-SWAP', ['5'])]))
  assert.deepEqual(fixture.published(), ['missed 0: 1 > null', 'liq 5', 'missed 0: 1 > null'])
  fixture.pass(2 * MISSED_GAPS_MS).give(okxLiquidations([{ instId: 'ETH-USDT-SWAP' }]))
  assert.deepEqual(fixture.published(), ['missed 0: 1 > null'])
  fixture.pass(2 * MISSED_GAPS_MS).give(okxLiquidations([okxEntry('XRP-USDT-SWAP', ['!'])]))
  assert.deepEqual(fixture.published(), [], 'of an instrument that is not subscribed')
})

test('contiguous ids show a trade that cannot be read; ids that ascend, and the first trade of all, do not', () => {
  const malformed = aggTrade(2).replace('"p":"100.50"', '"p":"x"')
  const fixture = new FeedFixture('binance-futures').up().give(malformed).give(aggTrade(3)).give(aggTrade(4))
  assert.deepEqual(fixture.published(), ['missed null: null > null', '3', '4'])
  fixture.give(aggTrade(5).replace('"p":"100.50"', '"p":"x"'))
  assert.deepEqual(fixture.published(), [])
  fixture.give(aggTrade(6))
  assert.deepEqual(fixture.published(), ['missed 1: 4 > 6', '6'])
  const venueSettings = { BINANCE_FUTURES_TRADES: 'raw' }
  const raw = new FeedFixture('binance-futures', { kinds: [Kind.trade], venueSettings }).up().give(rawTrade(1))
  raw.give(rawTrade(2).replace('"p":"100.50"', '"p":"x"')).give(rawTrade(3))
  assert.deepEqual(raw.published(), ['1', 'missed null: 1 > null', '3'])
})

test('a venue that sends nothing readable makes one gap per interval, and one for the rest', () => {
  const fixture = new FeedFixture('bybit-linear').up().give(publicTrade('1'))
  for (let count = 0; count < 1_000; count += 1) fixture.give(bybitFrame('publicTrade', ['!', '!'])).pass(2.5)
  const gaps = fixture.published().slice(1)
  assert.ok(gaps.length >= 2 && gaps.length <= 3, `${gaps.length} gaps in 2.5 s`)
  fixture.pass(MISSED_GAPS_MS)
  assert.equal(fixture.published().length, 1, 'after the last of them')
  fixture.pass(10 * MISSED_GAPS_MS)
  assert.deepEqual(fixture.published(), [])
  assert.equal(fixture.timers.pendingCount, 0)
})

test('on a connection that does not carry everything yet, the gap of the disconnect is not published early', () => {
  const fixture = new FeedFixture('bybit-linear').up().give(publicTrade('1')).down()
  fixture.feed.onUp(false)
  fixture.give(bybitFrame('publicTrade', ['!']))
  assert.deepEqual(fixture.published(), ['1'])
  fixture.feed.onSettled(new Set())
  assert.deepEqual(fixture.published(), ['missed null: 1 > null'])
  fixture.give(publicTrade('2')).pass(10 * MISSED_GAPS_MS)
  assert.deepEqual(fixture.published(), ['2'])
  fixture
    .give(bybitFrame('publicTrade', ['!']))
    .give(bybitFrame('publicTrade', ['!']))
    .down()
    .pass(10 * MISSED_GAPS_MS)
  assert.deepEqual(fixture.published(), ['missed null: 2 > null'], 'the second is part of the next gap')
})
