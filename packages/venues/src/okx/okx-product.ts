// What OKX's products have in common: hosts, keepalive, limits, channels. Sizes of swaps are contracts.

import { Kind, type MarketType, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { ConnectionPlan, Product, Subscription } from '../venue.js'
import { classify } from './classify.js'
import { readControl } from './control.js'
import { OkxDecoder } from './decoder.js'
import { okxDepth } from './depth.js'
import { okxFrameFields } from './frame-fields.js'
import { type InstType, okxInstruments } from './instruments.js'
import { channelRequests } from './requests.js'
import { okxSampleFrames } from './sample-frames.js'

const PATH = '/ws/v5/public'
/** The venue advises fewer than 30 deep books per socket. */
const SUBSCRIPTIONS_PER_CONNECTION_MAX = 25

interface OkxProductOptions {
  readonly id: string
  readonly marketType: MarketType
  readonly instType: InstType
  readonly kinds: readonly SubscribedKind[]
  readonly defaultKinds: readonly SubscribedKind[]
  symbolOf(base: string, quote: string): string
}

export function okxProduct(options: OkxProductOptions): Product {
  const { id, marketType, instType, kinds, defaultKinds, symbolOf } = options
  return {
    id,
    exchange: 'Okx',
    marketType,
    endpoints: { ws: 'wss://ws.okx.com:8443', rest: 'https://www.okx.com' },
    regionalEndpoints: {
      eea: { ws: 'wss://wseea.okx.com:8443', rest: 'https://eea.okx.com' },
      us: { ws: 'wss://wsus.okx.com:8443', rest: 'https://us.okx.com' },
      au: { ws: 'wss://wsus.okx.com:8443', rest: 'https://us.okx.com' },
    },
    simulatorPrefix: '/okx',
    kinds,
    defaultKinds,
    symbolOf,
    // The venue closes a socket after 30 s of silence. It answers the bare text `ping` with the bare text `pong`.
    keepalive: { kind: 'client-text', afterMs: 20_000, when: 'when-silent', silenceMs: 40_000, text: () => 'ping' },
    // Three connections a second and address, over all products; the window has room for jitter of the network.
    limits: {
      host: 'okx',
      connectCount: 3,
      connectWindowMs: 1_200,
      lifetimeMs: null,
      requestSpacingMs: 20,
      operationsPerHour: 480,
    },
    tradeIdRule: () => 'contiguous',
    areLiquidationsShared: true,
    firstFrameKinds: [Kind.orderBookL1, Kind.orderBookL2, Kind.openInterest],
    // `books` sends an empty update after about 60 s without a change.
    heartbeatMs: { [Kind.orderBookL2]: 60_000 },
    hasContracts: instType === 'SWAP',
    plan: (_feed, subscriptions) => connectionParts(subscriptions).map(part => ({ path: PATH, subscriptions: part })),
    subscribe: (subscriptions, requestId) => channelRequests('subscribe', subscriptions, requestId),
    unsubscribe: (subscriptions, requestId) => channelRequests('unsubscribe', subscriptions, requestId),
    classify,
    readControl,
    newDecoder: (instruments, sink, sizes) => new OkxDecoder(instruments, sink, sizes),
    instruments: okxInstruments(instType),
    depth: okxDepth,
    frameFields: okxFrameFields,
    sampleFrames: okxSampleFrames,
  }
}

/**
 * One argument subscribes the liquidations of all instruments, so all are on one connection: a second would deliver each again,
 * and they have no id to recognize that.
 */
function connectionParts(subscriptions: readonly Subscription[]): ConnectionPlan['subscriptions'][] {
  const liquidations = subscriptions.filter(({ kind }) => kind === Kind.liquidation)
  const parts = chunks(subscriptions.filter(({ kind }) => kind !== Kind.liquidation))
  if (liquidations.length > 0) parts[0] = [...(parts[0] ?? []), ...liquidations]
  return parts
}

function chunks(subscriptions: readonly Subscription[]): ConnectionPlan['subscriptions'][] {
  const parts: Subscription[][] = []
  for (let start = 0; start < subscriptions.length; start += SUBSCRIPTIONS_PER_CONNECTION_MAX) {
    parts.push(subscriptions.slice(start, start + SUBSCRIPTIONS_PER_CONNECTION_MAX))
  }
  return parts
}
