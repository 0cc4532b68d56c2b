// What distinguishes the products of Binance. Market, trades, protocol and REST are the same code for both; spot.ts and
// futures.ts describe the differences.

import { type Feed, Topic, type Topics } from '../connection/topics.js'
import type { SpecTable } from '../market/instrument-spec.js'
import type { BookTop } from '../market/market-book.js'
import type { IdRule, Level } from './book-chain.js'
import type { FilledPrice, SingleFill } from './fills.js'
import type { ProtocolRules } from './protocol.js'
import type { RestRules } from './rest.js'

const ALL_FORCE_ORDERS = '!forceOrder@arr'

export interface BinanceProduct {
  readonly name: 'binance-spot' | 'binance-futures'
  /** Whether it has liquidations and open interest. */
  readonly isPerpetual: boolean
  readonly table: SpecTable
  /** The first of its sources of random numbers. */
  readonly firstRandomSource: number
  readonly firstIds: FirstIds
  readonly idRule: IdRule
  /** What the scenario counts as a trade and the journal records: on spot single fills, on futures aggregate trades. */
  readonly tradeUnit: 'fill' | 'aggregate'
  /** By the kind in a stream's name. */
  readonly streams: Readonly<Record<string, StreamRule>>
  /** Of kinds that are not in `streams`, which captures may hold. */
  readonly otherStreams: StreamRule
  /** Spellings of the depth stream by update speed; all carry the same events. */
  readonly depthSuffixes: readonly string[]
  readonly protocol: ProtocolRules
  readonly rest: RestRules
  readonly frames: Frames
  /** Writes a decimal that has all its places as this product does. */
  styled(decimal: string): string
}

/** Of the first instrument; those of the next ones are higher by a constant step. */
interface FirstIds {
  readonly aggregate: number
  readonly fill: number
  readonly update: number
  readonly updateStep: number
}

interface StreamRule {
  readonly feed: Feed
  /** The route that delivers the stream; empty where the product has no routes. */
  readonly route: string
}

/** The venue's text of each event. */
interface Frames {
  trade(symbol: string, ms: number, fill: SingleFill): string
  aggTrade(symbol: string, ms: number, filled: FilledPrice): string
  bookTicker(symbol: string, ms: number, updateId: number, top: BookTop): string
  /** `numbers`: time in ms, first, last and previous id. */
  depthUpdate(symbol: string, numbers: readonly number[], bids: string, asks: string): string
  /** The REST answer. */
  depth(ms: number, lastUpdateId: number, bids: readonly Level[], asks: readonly Level[]): string
}

export interface InstrumentStreams {
  readonly aggTrade: Topic
  readonly trade: Topic
  readonly bookTicker: Topic
  /** The stream of the instrument and the one of all instruments; none on spot. */
  readonly forceOrders: readonly Topic[]
  /** The same events under the name of each speed. */
  readonly depth: readonly Topic[]
}

export function addInstrumentStreams(product: BinanceProduct, topics: Topics, symbol: string): InstrumentStreams {
  const add = (suffix: string): Topic => {
    const name = `${symbol.toLowerCase()}@${suffix}`
    const { feed, route } = streamRule(product, name)
    return topics.add(new Topic(name, feed, route))
  }
  return {
    aggTrade: add('aggTrade'),
    trade: add('trade'),
    bookTicker: add('bookTicker'),
    forceOrders: product.isPerpetual ? [add('forceOrder'), addAllForceOrders(product, topics)] : [],
    depth: product.depthSuffixes.map(add),
  }
}

function addAllForceOrders(product: BinanceProduct, topics: Topics): Topic {
  const { feed, route } = streamRule(product, ALL_FORCE_ORDERS)
  return topics.find(ALL_FORCE_ORDERS) ?? topics.add(new Topic(ALL_FORCE_ORDERS, feed, route))
}

/** Of a stream by its name: `btcusdt@depth@100ms`. */
export function streamRule({ streams, otherStreams }: BinanceProduct, name: string): StreamRule {
  return streams[name.split('@')[1] ?? ''] ?? otherStreams
}
