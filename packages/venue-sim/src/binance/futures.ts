// Binance USDⓈ-M. Update ids have gaps between events, which are chained by `pu`. Since the split of 2026, /public delivers
// the book streams and /market all others; a name on the wrong route is acknowledged and stays silent. Prices are only a
// realistic start.
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { BinanceProduct } from './product.js'
import { filtersOf } from './rest.js'

const BOTH_ROUTES = 'both'

const DEPTH_WEIGHTS: Readonly<Record<number, number>> = { 5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1000: 20 }

export const BINANCE_FUTURES: BinanceProduct = {
  name: 'binance-futures',
  isPerpetual: true,
  table: {
    BTC: [86_723.4, 2, 10, 3],
    ETH: [2_951.35, 2, 1, 3],
    SOL: [137.42, 4, 100, 2],
    XRP: [2.1854, 4, 1, 1],
    DOGE: [0.15213, 5, 1, 0],
    BNB: [861.35, 3, 10, 2],
    ADA: [0.4412, 5, 10, 0],
    LINK: [13.271, 3, 1, 2],
    TSLA: [431.2, 2, 1, 2],
    XAU: [4_165.3, 2, 1, 3],
  },
  firstRandomSource: 1_000,
  firstIds: { aggregate: 2_912_345_678, fill: 6_612_345_670, update: 11_493_080_425_283, updateStep: 7_000_000_000 },
  idRule: 'with-gaps',
  tradeUnit: 'aggregate',
  streams: {
    aggTrade: { feed: 'trade', route: 'market' },
    // The manual does not list @trade, and clients of the live venue disagree on its route.
    trade: { feed: 'trade', route: BOTH_ROUTES },
    bookTicker: { feed: 'state', route: 'public' },
    forceOrder: { feed: 'state', route: 'market' },
    depth: { feed: 'book', route: 'public' },
  },
  otherStreams: { feed: 'state', route: 'market' },
  depthSuffixes: ['depth@100ms', 'depth', 'depth@500ms', 'depth@0ms'],
  protocol: {
    path: /^\/(?:(?<route>public|market)\/)?(?<form>ws|stream)(?<names>\/.*)?$/,
    pingMs: 180_000,
    pongDeadlineMs: 600_000,
    messagesPerSecondMax: 10,
    offersMicroseconds: false,
    shutdownNoticeMs: undefined,
    // A path without a route is that of /public.
    isDelivered: (streamRoute, route = 'public') => streamRoute === BOTH_ROUTES || streamRoute === route,
  },
  rest: {
    root: '/fapi/v1',
    weightPerMinuteMax: 2_400,
    exchangeInfoWeight: 1,
    depthLimitDefault: 500,
    hasOpenInterest: true,
    depthWeight: limit => DEPTH_WEIGHTS[limit],
    depthRefusal: limit => `${limit} is not valid depth limit (should be 5, 10, 20, 50, 100, 500, 1000).`,
    instrumentEntry,
    pendingStatus: 'PENDING_TRADING',
  },
  frames: {
    trade: (symbol, ms, { id, price, amount, isSell }) =>
      `{"e":"trade","E":${ms},"T":${ms},"s":"${symbol}","t":${id},"p":"${price}","q":"${amount}","X":"MARKET","m":${isSell}}`,
    aggTrade: (symbol, ms, { aggregateId, firstFillId, lastFillId, price, amount, isSell }) =>
      `{"e":"aggTrade","E":${ms},"s":"${symbol}","a":${aggregateId},"p":"${price}","q":"${amount}","nq":"${amount}","f":${firstFillId},"l":${lastFillId},"T":${ms},"m":${isSell},"st":1}`,
    bookTicker: (symbol, ms, updateId, { bid, bidAmount, ask, askAmount }) => {
      const best = `"b":"${bid}","B":"${bidAmount}","a":"${ask}","A":"${askAmount}"`
      return `{"e":"bookTicker","u":${updateId},"s":"${symbol}","ps":"${symbol}",${best},"T":${ms},"E":${ms},"st":1}`
    },
    depthUpdate: (symbol, [ms, first, last, previous], bids, asks) =>
      `{"e":"depthUpdate","E":${ms},"T":${ms},"s":"${symbol}","U":${first},"u":${last},"pu":${previous},"b":[${bids}],"a":[${asks}]}`,
    depth: (ms, lastUpdateId, bids, asks) =>
      `{"lastUpdateId":${lastUpdateId},"E":${ms},"T":${ms},"bids":${JSON.stringify(bids)},"asks":${JSON.stringify(asks)}}`,
  },
  styled: decimal => decimal,
}

/** Shares and commodities: perpetuals of a type of their own. */
const TRADITIONAL: ReadonlySet<string> = new Set(['TSLA', 'NVDA', 'XAU', 'CL'])

function instrumentEntry(spec: InstrumentSpec, status: string): object {
  return {
    symbol: spec.symbol,
    pair: spec.symbol,
    contractType: TRADITIONAL.has(spec.base) ? 'TRADIFI_PERPETUAL' : 'PERPETUAL',
    status,
    baseAsset: spec.base,
    quoteAsset: spec.quote,
    marginAsset: spec.quote,
    pricePrecision: spec.priceDecimals,
    quantityPrecision: spec.amountDecimals,
    filters: filtersOf(spec),
  }
}
