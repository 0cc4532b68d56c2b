// Binance spot: one socket path for all streams, trades fill by fill.

import { Kind } from '@tradelane/shared/market/nouns'
import type { Product, Subscription } from '../venue.js'
import { classify } from './classify.js'
import { readControl } from './control.js'
import { BinanceDecoder } from './decoder.js'
import { spotDepth } from './depth.js'
import { binanceFrameFields } from './frame-fields.js'
import { binanceInstruments } from './instruments.js'
import { chunksOf, streamRequests } from './requests.js'
import { spotSampleFrames } from './sample-frames.js'

const PATH = '/stream'

export const binanceSpot: Product = {
  id: 'binance-spot',
  exchange: 'BinanceSpot',
  marketType: 'Spot',
  endpoints: { ws: 'wss://stream.binance.com:9443', rest: 'https://api.binance.com' },
  simulatorPrefix: '/binance-spot',
  kinds: [Kind.trade, Kind.orderBookL1, Kind.orderBookL2],
  defaultKinds: [Kind.trade, Kind.orderBookL1],
  symbolOf: (base, quote) => `${base}${quote}`.toUpperCase(),
  // A ping frame every 20 s, to be answered within a minute; the socket library does.
  keepalive: { kind: 'server-ping', silenceMs: 60_000 },
  // Five messages a second are allowed, pongs included.
  limits: {
    host: 'binance-spot',
    connectCount: 300,
    connectWindowMs: 300_000,
    lifetimeMs: 86_400_000,
    requestSpacingMs: 300,
    operationsPerHour: null,
  },
  tradeIdRule: () => 'contiguous',
  // Streams bring changes only; the REST snapshot is requested beside them.
  firstFrameKinds: [],
  plan: (_feed, subscriptions) => chunksOf(subscriptions).map(part => ({ path: PATH, subscriptions: part })),
  subscribe: (subscriptions, requestId) => streamRequests('SUBSCRIBE', subscriptions, requestId, nameOf),
  unsubscribe: (subscriptions, requestId) => streamRequests('UNSUBSCRIBE', subscriptions, requestId, nameOf),
  classify,
  readControl,
  newDecoder: (instruments, sink) => new BinanceDecoder(instruments, sink),
  instruments: binanceInstruments('/api/v3/exchangeInfo?permissions=SPOT&showPermissionSets=false', 20),
  depth: spotDepth,
  frameFields: binanceFrameFields,
  sampleFrames: spotSampleFrames,
}

function nameOf({ kind, instrument }: Subscription): string {
  const symbol = instrument.symbol.toLowerCase()
  switch (kind) {
    case Kind.trade:
      return `${symbol}@trade`
    case Kind.orderBookL1:
      return `${symbol}@bookTicker`
    case Kind.orderBookL2:
      return `${symbol}@depth@100ms`
    case Kind.liquidation:
    case Kind.openInterest:
      throw new Error('spot has neither liquidations nor open interest')
  }
}
