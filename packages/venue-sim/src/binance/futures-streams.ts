// The stream names of Binance USDⓈ-M, and which of the two routes delivers each: since the split of 2026 the book streams are
// on /public and everything else on /market. A name on the wrong route is acknowledged and stays silent.
import { type Feed, Topic, type Topics } from '../topics.js'

/** `both`: the documents do not list @trade, and clients of the live venue disagree on its route. */
export type StreamClass = 'public' | 'market' | 'both'

export const DEPTH_SUFFIXES = ['depth@100ms', 'depth', 'depth@500ms', 'depth@0ms'] as const
export const ALL_LIQUIDATIONS = '!forceOrder@arr'

const STREAMS: Readonly<Record<string, readonly [Feed, StreamClass]>> = {
  aggTrade: ['trade', 'market'],
  trade: ['trade', 'both'],
  bookTicker: ['state', 'public'],
  forceOrder: ['state', 'market'],
  depth: ['book', 'public'],
}

export interface InstrumentStreams {
  readonly aggTrade: Topic
  readonly trade: Topic
  readonly bookTicker: Topic
  readonly forceOrder: Topic
  /** The same events under each of the speeds' names. */
  readonly depth: readonly Topic[]
}

export function instrumentStreams(topics: Topics, symbol: string): InstrumentStreams {
  const add = (suffix: string): Topic => {
    const name = `${symbol.toLowerCase()}@${suffix}`
    const [feed, streamClass] = streamKind(name) ?? ['state', 'market']
    return topics.add(new Topic(name, feed, streamClass))
  }
  return {
    aggTrade: add('aggTrade'),
    trade: add('trade'),
    bookTicker: add('bookTicker'),
    forceOrder: add('forceOrder'),
    depth: DEPTH_SUFFIXES.map(add),
  }
}

export function streamKind(name: string): readonly [Feed, StreamClass] | undefined {
  return STREAMS[name.split('@')[1] ?? '']
}

export function isDelivered(streamClass: string, route: string): boolean {
  return streamClass === 'both' || streamClass === route
}
