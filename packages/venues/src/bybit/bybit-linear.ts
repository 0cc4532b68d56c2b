// Bybit linear perpetuals: one public socket path, one topic per kind and symbol.

import { Kind } from '@tradelane/shared/nouns'
import type { Product, Stream } from '../venue.js'
import { classify } from './classify.js'
import { readControl } from './control.js'
import { BybitDecoder } from './decoder.js'
import { bybitDepth } from './depth.js'
import { bybitInstruments } from './instruments.js'
import { topicRequests } from './requests.js'

const PATH = '/v5/public/linear'
/** All topics of a connection may have 21,000 characters; this many of the longest names stay below. */
const STREAMS_PER_CONNECTION_MAX = 400

export const bybitLinear: Product = {
  id: 'bybit-linear',
  exchange: 'BybitPerpetualsUsd',
  marketKind: 'Perpetual',
  endpoints: { ws: 'wss://stream.bybit.com', rest: 'https://api.bybit.com' },
  simulatorPrefix: '/bybit-linear',
  kinds: [Kind.trade, Kind.liquidation, Kind.orderBookL1, Kind.openInterest, Kind.orderBookL2],
  defaultKinds: [Kind.trade, Kind.liquidation, Kind.orderBookL1, Kind.openInterest, Kind.orderBookL2],
  symbolOf: (base, quote) => `${base}${quote}`.toUpperCase(),
  keepalive: {
    kind: 'client-text',
    afterMs: 20_000,
    when: 'always',
    silenceMs: 45_000,
    text: requestId => `{"op":"ping","req_id":"${requestId}"}`,
  },
  limits: { connectCount: 500, connectWindowMs: 300_000, lifetimeMs: null, requestSpacingMs: 20 },
  tradeIds: 'opaque',
  plan: (_feed, streams) => chunks(streams).map(part => ({ path: PATH, streams: part })),
  subscribe: (streams, requestId) => topicRequests('subscribe', streams, requestId),
  unsubscribe: (streams, requestId) => topicRequests('unsubscribe', streams, requestId),
  classify,
  readControl,
  newDecoder: (instruments, sink) => new BybitDecoder(instruments, sink),
  instruments: bybitInstruments('linear'),
  depth: bybitDepth,
}

function chunks(streams: readonly Stream[]): Stream[][] {
  const parts: Stream[][] = []
  for (let start = 0; start < streams.length; start += STREAMS_PER_CONNECTION_MAX) {
    parts.push(streams.slice(start, start + STREAMS_PER_CONNECTION_MAX))
  }
  return parts
}
