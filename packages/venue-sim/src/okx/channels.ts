// The channels of OKX's /public socket that the simulator offers, the names of their topics here, and the channels that the
// venue refuses there for a reason of its own.
import type { Feed } from '../topics.js'
import type { OkxProduct } from './specs.js'

export const LIQUIDATIONS = 'liquidation-orders'

const FEEDS: Readonly<Record<string, Feed>> = {
  trades: 'trade',
  'bbo-tbt': 'state',
  books: 'book',
  [LIQUIDATIONS]: 'state',
  'open-interest': 'state',
}

const BUSINESS = /^(trades-all|(mark-price-|index-)?candle\w+)$/
const TIERED = /^books(50)?-l2-tbt$/

export function feedOf(channel: string): Feed | undefined {
  return FEEDS[channel]
}

/** `subject` is an instId, or the instType of a channel that covers all instruments of a type. */
export function topicName(channel: string, subject: string): string {
  return `${channel}:${subject}`
}

/** The arg that frames of a topic repeat. */
export function argText(channel: string, subject: string): string {
  return `{"channel":"${channel}","${channel === LIQUIDATIONS ? 'instType' : 'instId'}":"${subject}"}`
}

export function isOfBusiness(channel: string): boolean {
  return BUSINESS.test(channel)
}

export function isForPaying(channel: string): boolean {
  return TIERED.test(channel)
}

export function channelsOf({ instType }: OkxProduct): readonly string[] {
  const common = ['trades', 'bbo-tbt', 'books']
  return instType === 'SWAP' ? [...common, 'open-interest'] : common
}
