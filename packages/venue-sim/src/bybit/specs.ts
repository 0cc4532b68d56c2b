// The two products of Bybit v5 that the simulator speaks: names, forms that differ, tick and lot steps. Prices only set the
// scene.
import type { SpecTable } from '../market/instrument-spec.js'

export interface BybitProduct {
  readonly name: 'bybit-linear' | 'bybit-spot'
  readonly category: 'linear' | 'spot'
  /** `ret_msg` of a subscription that succeeded. */
  readonly ackMessage: '' | 'subscribe'
  /** Whether every answer has a `req_id`, empty where none was sent; else it comes back as sent, and never with a pong. */
  readonly alwaysHasRequestId: boolean
  readonly argsPerRequestMax: number
  /** Whether all frames have `ts` before `type`; elsewhere those of level 1 only. */
  readonly isTimeFirst: boolean
  /** Price, price decimals, tick in units of the last decimal, amount decimals. */
  readonly table: SpecTable
  /** Keeps the random numbers of the products apart. */
  readonly stream: number
}

export const BYBIT_LINEAR: BybitProduct = {
  name: 'bybit-linear',
  category: 'linear',
  ackMessage: '',
  alwaysHasRequestId: true,
  argsPerRequestMax: Number.POSITIVE_INFINITY,
  isTimeFirst: false,
  stream: 2_000,
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
  stream: 8_000,
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

/** What stands before the data of a frame. */
export function frameHead(topic: string, type: 'snapshot' | 'delta', ms: number, isTimeFirst: boolean): string {
  return isTimeFirst
    ? `"topic":"${topic}","ts":${ms},"type":"${type}"`
    : `"topic":"${topic}","type":"${type}","ts":${ms}`
}
