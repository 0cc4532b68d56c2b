// The two products of Bybit v5 that the simulator serves: names, forms that differ, tick and lot steps, topics. Prices are
// only a realistic start.
import type { Feed } from '../connection/topics.js'
import { type InstrumentPair, type InstrumentSpec, instrumentSpec, type SpecTable } from '../market/instrument-spec.js'

export interface BybitProduct {
  readonly name: 'bybit-linear' | 'bybit-spot'
  readonly category: 'linear' | 'spot'
  /** `ret_msg` of a subscription that succeeded. */
  readonly ackMessage: '' | 'subscribe'
  /** Whether every answer has a `req_id`, empty if none was sent; otherwise it is repeated as sent, and never in a pong. */
  readonly alwaysHasRequestId: boolean
  readonly argsPerRequestMax: number
  /** Whether all frames have `ts` before `type`; otherwise those of `orderbook.1` only. */
  readonly isTimeFirst: boolean
  readonly table: SpecTable
  /** The first of its sources of random numbers. */
  readonly firstRandomSource: number
}

export const BYBIT_LINEAR: BybitProduct = {
  name: 'bybit-linear',
  category: 'linear',
  ackMessage: '',
  alwaysHasRequestId: true,
  argsPerRequestMax: Number.POSITIVE_INFINITY,
  isTimeFirst: false,
  firstRandomSource: 2_000,
  table: {
    BTC: [86_723.4, 2, 10, 3],
    ETH: [2_951.35, 2, 1, 2],
    SOL: [137.42, 3, 10, 1],
    XRP: [2.1854, 4, 1, 1],
    DOGE: [0.15213, 5, 1, 0],
    BNB: [861.3, 2, 10, 2],
    ADA: [0.4412, 4, 1, 0],
    LINK: [13.271, 3, 1, 1],
  },
}

export const BYBIT_SPOT: BybitProduct = {
  name: 'bybit-spot',
  category: 'spot',
  ackMessage: 'subscribe',
  alwaysHasRequestId: false,
  argsPerRequestMax: 10,
  isTimeFirst: true,
  firstRandomSource: 8_000,
  table: {
    BTC: [86_720.3, 1, 1, 6],
    ETH: [2_951.19, 2, 1, 5],
    SOL: [137.41, 2, 1, 3],
    XRP: [2.1853, 4, 1, 2],
    DOGE: [0.15212, 5, 1, 1],
    BNB: [861.2, 1, 1, 4],
    ADA: [0.4411, 4, 1, 2],
    LINK: [13.271, 3, 1, 3],
  },
}

/** Perpetuals in USDC are named after the base alone: `BTCPERP`. */
export function bybitSpec({ category, table }: BybitProduct, pair: InstrumentPair): InstrumentSpec {
  const spec = instrumentSpec(pair, table)
  return category === 'linear' && spec.quote === 'USDC' ? { ...spec, symbol: `${spec.base}PERP` } : spec
}

/** Of the `orderbook` topics with books, each with its own chain of `u`; `orderbook.1` is the quote. */
export const BOOK_DEPTHS = [50, 200, 1000] as const

export function feedOf(topicName: string): Feed {
  if (topicName.startsWith('publicTrade.')) return 'trade'
  return topicName.startsWith('orderbook.') && !topicName.startsWith('orderbook.1.') ? 'book' : 'state'
}

/** The beginning of a frame, before its data. */
export function frameHead(topic: string, type: 'snapshot' | 'delta', ms: number, isTimeFirst: boolean): string {
  return isTimeFirst
    ? `"topic":"${topic}","ts":${ms},"type":"${type}"`
    : `"topic":"${topic}","type":"${type}","ts":${ms}`
}
