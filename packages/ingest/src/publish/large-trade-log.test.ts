import assert from 'node:assert/strict'
import test from 'node:test'
import type { TradeEvent } from '@tradelane/shared/market/market-events'
import type { Decimal, MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { RecordedLog } from '../test/recorded-log.js'
import { BTC } from '../test/test-lanes.js'
import { LargeTradeLog } from './large-trade-log.js'

const TRADE: TradeEvent = {
  instrument: { ...BTC, marketType: 'Spot' },
  venueUs: 1 as WallUs,
  receivedUs: 2 as MonotonicUs,
  id: '1',
  price: '50000' as Decimal,
  amount: '1' as Decimal,
  amountBase: '1' as Decimal,
  side: 'Buy',
  isMarket: true,
}

test('spot trades of the threshold or more are logged, smaller ones and perpetuals are not', () => {
  const log = new RecordedLog()
  const largeTrades = new LargeTradeLog(log, 50_000, () => 0)
  largeTrades.add(TRADE)
  largeTrades.add({ ...TRADE, amountBase: '0.99' as Decimal })
  largeTrades.add({ ...TRADE, instrument: BTC })
  assert.deepEqual(
    log.lines.map(({ fields }) => [fields['instrument'], fields['value'], fields['side']]),
    [['btc-usdt', 50_000, 'Buy']],
  )
})

test('at most ten a second are logged, with the number of those suppressed', () => {
  const log = new RecordedLog()
  let nowMs = 0
  const largeTrades = new LargeTradeLog(log, 50_000, () => nowMs)
  for (let index = 0; index < 25; index += 1) largeTrades.add(TRADE)
  assert.equal(log.lines.length, 10)
  nowMs = 1_000
  largeTrades.add(TRADE)
  largeTrades.add(TRADE)
  assert.deepEqual(
    log.lines.slice(10).map(({ fields }) => fields['suppressed']),
    [15, undefined],
  )
})
