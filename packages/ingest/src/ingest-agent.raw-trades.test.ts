// Trades as single fills (`BINANCE_FUTURES_TRADES=raw`) in the real ingest thread.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CellStatus, Kind } from '@tradelane/shared/market/nouns'
import { until } from './test/recorded-log.js'
import { allLive, running } from './test/running-ingest.js'
import { peerOf } from './test/test-ingest.js'
import { BINANCE } from './test/test-lanes.js'
import { rawTrade } from './test/venue-frames.js'

describe('the ingest thread', { concurrency: 3 }, () => {
  test('raw trades: executions off the book are left out, missing ids prove no gap, and a cut is one', async () => {
    const { ingest, lanes, reader } = await running(() => undefined, {
      venueSettings: { BINANCE_FUTURES_TRADES: 'raw' },
    })
    await allLive(lanes)
    const trades = await peerOf(ingest.binance, 'btcusdt@trade')
    assert.equal(trades.path, '/public/stream')
    for (const [id, origin] of [
      [100, 'MARKET'],
      [101, 'INSURANCE_FUND'],
      [102, 'ADL'],
      [103, 'MARKET'],
      [105, 'MARKET'],
      [105, 'MARKET'],
      [110, 'MARKET'],
    ] as const) {
      trades.send(rawTrade(id, origin))
    }
    await reader.count(4)
    assert.deepEqual(reader.briefs(), ['btc 100', 'btc 103', 'btc 105', 'btc 110'])
    assert.equal(lanes.count('tradesDuplicate'), 1)
    trades.cut()
    await until('it is down', () => lanes.link(BINANCE, Kind.trade).status === CellStatus.down)
    const next = await peerOf(ingest.binance, 'btcusdt@trade')
    await allLive(lanes)
    next.send(rawTrade(110))
    next.send(rawTrade(111))
    await reader.until('the next trade came', () => reader.briefs().includes('btc 111'))
    const btc = reader.briefs().filter(text => text.startsWith('btc'))
    assert.deepEqual(btc.slice(4), ['btc missed null', 'btc 111'])
  })

  test('raw trades come by another connection than liquidations: the loss of each makes a gap of its own', async () => {
    const { ingest, lanes, reader } = await running(() => undefined, {
      venueSettings: { BINANCE_FUTURES_TRADES: 'raw' },
    })
    await allLive(lanes)
    const trades = await peerOf(ingest.binance, 'btcusdt@trade')
    trades.send(rawTrade(1))
    trades.send(rawTrade(1, 'MARKET', 'ETHUSDT'))
    await reader.count(2)
    const liquidations = await peerOf(ingest.binance, 'btcusdt@forceOrder')
    assert.notEqual(liquidations, trades)
    liquidations.cut()
    await until('it is down', () => lanes.link(BINANCE, Kind.liquidation).status === CellStatus.down)
    trades.send(rawTrade(2))
    await reader.until('liquidations may be missing', () => reader.records.length === 5)
    assert.deepEqual(reader.briefs().slice(2).toSorted(), ['btc 2', 'btc missed 0', 'eth missed 0'])
    trades.cut()
    await until('it is down', () => lanes.link(BINANCE, Kind.trade).status === CellStatus.down)
    await allLive(lanes)
    ;(await peerOf(ingest.binance, 'btcusdt@trade')).send(rawTrade(3))
    await reader.count(8)
    const expected = ['btc 3', 'btc missed null', 'eth missed null']
    assert.deepEqual(reader.briefs().slice(5).toSorted(), expected, 'no liquidation was uncertain')
  })
})
