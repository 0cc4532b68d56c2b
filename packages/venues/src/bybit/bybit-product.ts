// What Bybit's products have in common: hosts, keepalive, topics. The product is in the path of the socket.

import { Kind, type MarketType, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { Product } from '../venue.js'
import { classify } from './classify.js'
import { readControl } from './control.js'
import { BybitDecoder } from './decoder.js'
import { bybitDepth } from './depth.js'
import { bybitFrameFields } from './frame-fields.js'
import { bybitInstruments } from './instruments.js'
import { connectionParts, topicRequests } from './requests.js'
import { bybitSampleFrames } from './sample-frames.js'

interface BybitProductOptions {
  readonly category: 'linear' | 'spot'
  readonly exchange: string
  readonly marketType: MarketType
  readonly kinds: readonly SubscribedKind[]
  readonly defaultKinds: readonly SubscribedKind[]
}

export function bybitProduct({ category, ...options }: BybitProductOptions): Product {
  const path = `/v5/public/${category}`
  return {
    ...options,
    id: `bybit-${category}`,
    endpoints: { ws: 'wss://stream.bybit.com', rest: 'https://api.bybit.com' },
    // Documented for sockets only.
    regionalEndpoints: {
      eea: { ws: 'wss://stream.bybit.eu' },
      ge: { ws: 'wss://stream.bybitgeorgia.ge' },
      id: { ws: 'wss://stream.bybit.id' },
      jp: { ws: 'wss://stream.manepa.jp' },
      kz: { ws: 'wss://stream.bybit.kz' },
      tr: { ws: 'wss://stream.bybit.tr' },
    },
    simulatorPrefix: `/bybit-${category}`,
    // Perpetuals in USDC are named after the base alone.
    symbolOf: (base, quote) =>
      (category === 'linear' && /^usdc$/i.test(quote) ? `${base}PERP` : `${base}${quote}`).toUpperCase(),
    keepalive: {
      kind: 'client-text',
      afterMs: 20_000,
      when: 'always',
      silenceMs: 45_000,
      text: requestId => `{"op":"ping","req_id":"${requestId}"}`,
    },
    // Counted by domain, over all products.
    limits: {
      host: 'bybit',
      connectCount: 500,
      connectWindowMs: 300_000,
      lifetimeMs: null,
      requestSpacingMs: 20,
      operationsPerHour: null,
    },
    tradeIdRule: () => 'opaque',
    firstFrameKinds: [Kind.orderBookL1, Kind.orderBookL2, Kind.openInterest],
    // `orderbook.1` is sent again after 3 s without a change.
    heartbeatMs: { [Kind.orderBookL1]: 3_000 },
    plan: (_feed, subscriptions) => connectionParts(subscriptions).map(part => ({ path, subscriptions: part })),
    subscribe: (subscriptions, requestId) => topicRequests('subscribe', subscriptions, requestId),
    unsubscribe: (subscriptions, requestId) => topicRequests('unsubscribe', subscriptions, requestId),
    classify,
    readControl,
    newDecoder: (instruments, sink) => new BybitDecoder(instruments, sink),
    instruments: bybitInstruments(category),
    depth: bybitDepth,
    frameFields: bybitFrameFields,
    sampleFrames: bybitSampleFrames(category),
  }
}
