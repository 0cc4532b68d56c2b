// The two products of OKX v5 that the simulator serves: instruments, and the channels of the /public socket. Prices are only
// a realistic start. Sizes of swaps are contracts, each worth `contractValue` of the base currency, and may have a fraction.
import type { Feed } from '../connection/topics.js'
import { type InstrumentPair, type InstrumentSpec, instrumentSpec, type SpecTable } from '../market/instrument-spec.js'

export interface OkxProduct {
  readonly name: 'okx-spot' | 'okx-swap'
  readonly instType: 'SPOT' | 'SWAP'
  readonly symbolSuffix: '' | '-SWAP'
  readonly table: SpecTable
  /** The first of its sources of random numbers. */
  readonly firstRandomSource: number
}

export const OKX_SPOT: OkxProduct = {
  name: 'okx-spot',
  instType: 'SPOT',
  symbolSuffix: '',
  firstRandomSource: 5_000,
  table: {
    BTC: [86_720.1, 1, 1, 4],
    ETH: [2_951.35, 2, 1, 3],
    SOL: [137.42, 2, 1, 2],
    XRP: [2.1854, 4, 1, 1],
    DOGE: [0.15213, 5, 1, 0],
    BNB: [861.3, 1, 1, 3],
    ADA: [0.4412, 4, 1, 1],
    LINK: [13.271, 3, 1, 2],
  },
}

export const OKX_SWAP: OkxProduct = {
  name: 'okx-swap',
  instType: 'SWAP',
  symbolSuffix: '-SWAP',
  firstRandomSource: 6_000,
  table: {
    BTC: [86_723.4, 1, 1, 2],
    ETH: [2_951.35, 2, 1, 2],
    SOL: [137.42, 2, 1, 1],
    XRP: [2.1854, 4, 1, 2],
    DOGE: [0.15213, 5, 1, 2],
    BNB: [861.3, 1, 1, 0],
    ADA: [0.4412, 4, 1, 1],
    LINK: [13.271, 3, 1, 1],
  },
}

const CONTRACT_VALUES: Readonly<Record<string, string>> = {
  BTC: '0.01',
  ETH: '0.1',
  SOL: '1',
  XRP: '100',
  DOGE: '1000',
  BNB: '0.01',
  ADA: '100',
  LINK: '1',
  XMR: '0.1',
}

/** Base currency per contract of a swap; `1` for a base that is not in the table. */
export function contractValue(base: string): string {
  return CONTRACT_VALUES[base] ?? '1'
}

export function okxSpec({ symbolSuffix, table }: OkxProduct, pair: InstrumentPair): InstrumentSpec {
  const spec = instrumentSpec(pair, table)
  return { ...spec, symbol: `${spec.base}-${spec.quote}${symbolSuffix}` }
}

export function instTypeOf(symbol: string): OkxProduct['instType'] {
  return symbol.endsWith(OKX_SWAP.symbolSuffix) ? OKX_SWAP.instType : OKX_SPOT.instType
}

/** The pair that a symbol of this product names; undefined for symbols of another one (futures, options). */
export function pairOf({ symbolSuffix }: OkxProduct, symbol: string): InstrumentPair | undefined {
  const [, base, quote, suffix = ''] = /^([^-]+)-([^-]+)(-SWAP)?$/.exec(symbol) ?? []
  return base !== undefined && quote !== undefined && suffix === symbolSuffix ? { base, quote } : undefined
}

export const LIQUIDATIONS = 'liquidation-orders'

const FEEDS: Readonly<Record<string, Feed>> = {
  trades: 'trade',
  'bbo-tbt': 'state',
  books: 'book',
  [LIQUIDATIONS]: 'state',
  'open-interest': 'state',
}

export function feedOf(channel: string): Feed | undefined {
  return FEEDS[channel]
}

/** The channels of each instrument. */
export function channelsOf({ instType }: OkxProduct): readonly string[] {
  const common = ['trades', 'bbo-tbt', 'books']
  return instType === 'SWAP' ? [...common, 'open-interest'] : common
}

/** `subject` is an instId, or the instType of a channel that covers all instruments of a type. */
export function topicName(channel: string, subject: string): string {
  return `${channel}:${subject}`
}

/** The arg that is repeated in the frames of a topic. */
export function argText(channel: string, subject: string): string {
  return `{"channel":"${channel}","${channel === LIQUIDATIONS ? 'instType' : 'instId'}":"${subject}"}`
}
