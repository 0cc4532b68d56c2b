// Binance USDⓈ-M futures. Since April 2026 streams are split by path: `/public` has books and tops, `/market` everything else.
// A stream that is subscribed on the wrong path is acknowledged and stays silent.

import { type Feed, Kind } from '@tradelane/shared/market/nouns'
import type { ConnectionPlan, Product, Subscription, VenueSetting, VenueSettings } from '../venue.js'
import { classify } from './classify.js'
import { readControl } from './control.js'
import { BinanceDecoder } from './decoder.js'
import { futuresDepth } from './depth.js'
import { binanceFrameFields } from './frame-fields.js'
import { binanceInstruments } from './instruments.js'
import { openInterestProtocol } from './open-interest.js'
import { chunksOf, streamRequests } from './requests.js'
import { futuresSampleFrames } from './sample-frames.js'

const PUBLIC_PATH = '/public/stream'
const MARKET_PATH = '/market/stream'

export const futuresTradesSetting: VenueSetting = {
  name: 'BINANCE_FUTURES_TRADES',
  about: 'the trade stream of Binance USDⓈ-M: the documented one, or single fills',
  accepted: ['aggTrade', 'raw'],
  fallback: 'aggTrade',
}

export const binanceFutures: Product = {
  id: 'binance-futures',
  exchange: 'BinanceFuturesUsd',
  marketType: 'Perpetual',
  endpoints: { ws: 'wss://fstream.binance.com', rest: 'https://fapi.binance.com' },
  simulatorPrefix: '/binance-futures',
  kinds: [Kind.trade, Kind.liquidation, Kind.orderBookL1, Kind.openInterest, Kind.orderBookL2],
  defaultKinds: [Kind.trade, Kind.liquidation, Kind.orderBookL1, Kind.openInterest, Kind.orderBookL2],
  symbolOf: (base, quote) => `${base}${quote}`.toUpperCase(),
  // A ping frame every 3 minutes, to be answered within 10; the socket library does.
  keepalive: { kind: 'server-ping', silenceMs: 240_000 },
  limits: {
    host: 'binance-futures',
    connectCount: 60,
    connectWindowMs: 300_000,
    lifetimeMs: 86_400_000,
    requestSpacingMs: 150,
    operationsPerHour: null,
  },
  // Single ids of raw trades are never sent, by the venue's own archives; those of aggregate trades are complete.
  tradeIdRule: settings => (hasSingleFills(settings) ? 'ascending' : 'contiguous'),
  // Streams bring changes only; the REST snapshot is requested beside them.
  firstFrameKinds: [],
  plan,
  subscribe: (subscriptions, requestId, settings) =>
    streamRequests('SUBSCRIBE', subscriptions, requestId, s => nameOf(s, settings)),
  unsubscribe: (subscriptions, requestId, settings) =>
    streamRequests('UNSUBSCRIBE', subscriptions, requestId, s => nameOf(s, settings)),
  classify,
  readControl,
  newDecoder: (instruments, sink) => new BinanceDecoder(instruments, sink),
  instruments: binanceInstruments('/fapi/v1/exchangeInfo', 1),
  openInterest: openInterestProtocol,
  depth: futuresDepth,
  frameFields: binanceFrameFields,
  sampleFrames: futuresSampleFrames,
}

function plan(feed: Feed, subscriptions: readonly Subscription[], settings: VenueSettings): readonly ConnectionPlan[] {
  const streamed = subscriptions.filter(({ kind }) => kind !== Kind.openInterest)
  const isPublic = ({ kind }: Subscription): boolean =>
    feed !== 'trade' || (kind === Kind.trade && hasSingleFills(settings))
  return [
    ...chunksOf(streamed.filter(isPublic)).map(part => ({ path: PUBLIC_PATH, subscriptions: part })),
    ...chunksOf(streamed.filter(subscription => !isPublic(subscription))).map(part => ({
      path: MARKET_PATH,
      subscriptions: part,
    })),
  ]
}

function nameOf({ kind, instrument }: Subscription, settings: VenueSettings): string {
  const symbol = instrument.symbol.toLowerCase()
  switch (kind) {
    case Kind.trade:
      return `${symbol}@${hasSingleFills(settings) ? 'trade' : 'aggTrade'}`
    case Kind.liquidation:
      return `${symbol}@forceOrder`
    case Kind.orderBookL1:
      return `${symbol}@bookTicker`
    case Kind.orderBookL2:
      return `${symbol}@depth@100ms`
    case Kind.openInterest:
      throw new Error('open interest is polled, not streamed')
  }
}

function hasSingleFills(settings: VenueSettings): boolean {
  return settings[futuresTradesSetting.name] === 'raw'
}
