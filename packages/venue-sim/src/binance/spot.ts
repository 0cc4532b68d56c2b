// Binance spot. Update ids count every change, so each event begins where the one before it ended. Every decimal has eight
// places. One path delivers all streams. Prices are only a realistic start.
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { BinanceProduct } from './product.js'
import { filtersOf } from './rest.js'

const PLACES = 8

/** Most levels a side, and the weight of a request for so many. */
const DEPTH_WEIGHTS = [
  [100, 5],
  [500, 25],
  [1_000, 50],
  [5_000, 250],
] as const

export const BINANCE_SPOT: BinanceProduct = {
  name: 'binance-spot',
  isPerpetual: false,
  table: {
    BTC: [86_720.41, 2, 1, 5],
    ETH: [2_951.12, 2, 1, 4],
    SOL: [137.41, 2, 1, 3],
    XRP: [2.1852, 4, 1, 1],
    DOGE: [0.15211, 5, 1, 0],
    BNB: [861.27, 2, 1, 3],
    ADA: [0.4411, 4, 1, 1],
    LINK: [13.27, 3, 1, 2],
  },
  firstRandomSource: 7_000,
  firstIds: { aggregate: 3_912_345_678, fill: 5_512_345_678, update: 78_123_456_789, updateStep: 1_000_000_000 },
  idRule: 'contiguous',
  tradeUnit: 'fill',
  streams: {
    aggTrade: { feed: 'trade', route: '' },
    trade: { feed: 'trade', route: '' },
    bookTicker: { feed: 'state', route: '' },
    depth: { feed: 'book', route: '' },
  },
  otherStreams: { feed: 'state', route: '' },
  depthSuffixes: ['depth@100ms', 'depth'],
  protocol: {
    path: /^\/(?<form>ws|stream)(?<names>\/.*)?$/,
    pingMs: 20_000,
    pongDeadlineMs: 60_000,
    messagesPerSecondMax: 5,
    offersMicroseconds: true,
    // The venue announces a shutdown, but promises no lead time.
    shutdownNoticeMs: 60_000,
    isDelivered: () => true,
  },
  rest: {
    root: '/api/v3',
    weightPerMinuteMax: 6_000,
    exchangeInfoWeight: 20,
    depthLimitDefault: 100,
    hasOpenInterest: false,
    depthWeight: limit => DEPTH_WEIGHTS.find(([levelCount]) => limit >= 1 && limit <= levelCount)?.[1],
    depthRefusal: limit => `${limit} is not valid depth limit (should be 1 to 5000).`,
    instrumentEntry,
    pendingStatus: 'BREAK',
  },
  frames: {
    trade: (symbol, ms, { id, price, amount, isSell }) =>
      `{"e":"trade","E":${ms},"s":"${symbol}","t":${id},"p":"${price}","q":"${amount}","T":${ms},"m":${isSell},"M":true}`,
    aggTrade: (symbol, ms, { aggregateId, firstFillId, lastFillId, price, amount, isSell }) =>
      `{"e":"aggTrade","E":${ms},"s":"${symbol}","a":${aggregateId},"p":"${price}","q":"${amount}","f":${firstFillId},"l":${lastFillId},"T":${ms},"m":${isSell},"M":true}`,
    bookTicker: (symbol, _ms, updateId, { bid, bidAmount, ask, askAmount }) =>
      `{"u":${updateId},"s":"${symbol}","b":"${bid}","B":"${bidAmount}","a":"${ask}","A":"${askAmount}"}`,
    depthUpdate: (symbol, [ms, first, last], bids, asks) =>
      `{"e":"depthUpdate","E":${ms},"s":"${symbol}","U":${first},"u":${last},"b":[${bids}],"a":[${asks}]}`,
    depth: (_ms, lastUpdateId, bids, asks) =>
      `{"lastUpdateId":${lastUpdateId},"bids":${JSON.stringify(bids)},"asks":${JSON.stringify(asks)}}`,
  },
  styled: withAllPlaces,
}

function withAllPlaces(text: string): string {
  const [whole = '0', fraction = ''] = text.split('.')
  return `${whole}.${fraction.padEnd(PLACES, '0')}`
}

function instrumentEntry(spec: InstrumentSpec, status: string): object {
  return {
    symbol: spec.symbol,
    status,
    baseAsset: spec.base,
    baseAssetPrecision: 8,
    quoteAsset: spec.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    isSpotTradingAllowed: true,
    filters: filtersOf(spec, withAllPlaces),
    permissions: ['SPOT'],
    permissionSets: [],
  }
}
