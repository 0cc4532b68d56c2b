// One instrument, its frames as the venues document them, and a trade: the input of the micro-benchmarks.

import type { TradeEvent } from '@tradelane/shared/market/market-events'
import type {
  Decimal,
  Instrument,
  InstrumentId,
  MonotonicUs,
  ProductIndex,
  WallUs,
} from '@tradelane/shared/market/nouns'

export const BTC: Instrument = {
  id: 0 as InstrumentId,
  product: 0 as ProductIndex,
  exchange: 'BinanceFuturesUsd',
  marketType: 'Perpetual',
  base: 'btc',
  quote: 'usdt',
  symbol: 'BTCUSDT',
}

const T = 1_790_000_000_020
export const RECEIVED_US = 1_790_000_000_021_345 as WallUs

export const BINANCE_TRADE = Buffer.from(
  `{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":${T},"s":"BTCUSDT","a":2912345678,"p":"86723.50","q":"0.310","nq":"0.300","f":6612345670,"l":6612345675,"T":${T},"m":false,"st":1}}`,
)
export const BINANCE_TOP = Buffer.from(
  `{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":11493080425500,"s":"BTCUSDT","ps":"BTCUSDT","b":"86723.40","B":"7.590","a":"86723.50","A":"6.728","T":${T},"E":${T},"st":1}}`,
)
export const BYBIT_TRADE = Buffer.from(
  `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":${T},"data":[{"T":${T},"s":"BTCUSDT","S":"Buy","v":"0.012","p":"86723.50","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"RPI":false,"seq":814547787001}]}`,
)

/** `levelCount` is of both sides together; the levels are near the price. */
export function binanceDelta(levelCount: number, seed: number): Buffer {
  return Buffer.from(
    `{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":${T},"T":${T},"s":"BTCUSDT","U":${seed + 1},"u":${seed + 2},"pu":${seed},"b":[${levels(levelCount >> 1, -1, seed)}],"a":[${levels(levelCount >> 1, 1, seed)}]}}`,
  )
}

/** `levelCount` is of each side. */
export function binanceSnapshot(levelCount: number): Buffer {
  return Buffer.from(
    `{"lastUpdateId":100,"E":${T},"T":${T},"bids":[${levels(levelCount, -1, 0)}],"asks":[${levels(levelCount, 1, 0)}]}`,
  )
}

export function exampleTrade(receivedUs: MonotonicUs): TradeEvent {
  return {
    instrument: BTC,
    venueUs: 1_790_000_000_020_000 as WallUs,
    receivedUs,
    id: '2912345678',
    price: '86723.50' as Decimal,
    amount: '0.310' as Decimal,
    amountBase: '0.310' as Decimal,
    side: 'Buy',
    isMarket: true,
  }
}

function levels(count: number, direction: 1 | -1, seed: number): string {
  return Array.from({ length: count }, (_, rank) => {
    const tick = 867_234 + direction * (1 + rank)
    return `["${(tick / 10).toFixed(1)}","${(1 + ((seed + rank * 7) % 97) / 10).toFixed(3)}"]`
  }).join(',')
}
