// The stream names of Binance spot. One route delivers them all; a name that is not offered is acknowledged and stays silent.
import { type Feed, Topic, type Topics } from '../topics.js'

export const DEPTH_SUFFIXES = ['depth@100ms', 'depth'] as const

const FEEDS: Readonly<Record<string, Feed>> = {
  trade: 'trade',
  aggTrade: 'trade',
  bookTicker: 'state',
  depth: 'book',
}

export interface InstrumentStreams {
  readonly trade: Topic
  readonly aggTrade: Topic
  readonly bookTicker: Topic
  /** The same events under each of the speeds' names. */
  readonly depth: readonly Topic[]
}

export function instrumentStreams(topics: Topics, symbol: string): InstrumentStreams {
  const add = (suffix: string): Topic => {
    const name = `${symbol.toLowerCase()}@${suffix}`
    return topics.add(new Topic(name, feedOf(name) ?? 'state'))
  }
  return {
    trade: add('trade'),
    aggTrade: add('aggTrade'),
    bookTicker: add('bookTicker'),
    depth: DEPTH_SUFFIXES.map(add),
  }
}

export function feedOf(name: string): Feed | undefined {
  return FEEDS[name.split('@')[1] ?? '']
}
