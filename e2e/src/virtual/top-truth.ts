// The last best bid and ask that the venues published of each instrument, read from the text on their topics.

import type { Topic } from '@tradelane/venue-sim/connection/topics'
import type { VirtualVenues } from './virtual-venues.js'

export interface Level {
  readonly price: string
  readonly amount: string
}

export interface TrueTop {
  readonly bid: Level
  readonly ask: Level
}

type Pair = readonly [price: string, amount: string]

/** L1 topics by their names, and how to read their frames. */
const READERS: readonly { readonly name: RegExp; readonly read: (text: string) => TrueTop }[] = [
  {
    name: /@bookTicker$/,
    read: text => {
      const { b, B, a, A } = JSON.parse(text) as Record<'b' | 'B' | 'a' | 'A', string>
      return topOf([b, B], [a, A])
    },
  },
  {
    name: /^orderbook\.1\./,
    read: text => {
      const { data } = JSON.parse(text) as { data: { b: [Pair]; a: [Pair] } }
      return topOf(data.b[0], data.a[0])
    },
  },
  {
    name: /^bbo-tbt:/,
    read: text => {
      const { data } = JSON.parse(text) as { data: [{ bids: [Pair]; asks: [Pair] }] }
      return topOf(data[0].bids[0], data[0].asks[0])
    },
  },
]

export class TopTruth {
  readonly #topics: { readonly product: string; readonly topic: Topic; readonly read: (text: string) => TrueTop }[] = []
  readonly #texts = new Map<Topic, string>()

  constructor(venues: VirtualVenues) {
    for (const { name: product, topics } of venues.sites.flatMap(site => site.products)) {
      for (const topic of topics.all()) {
        const reader = READERS.find(({ name }) => name.test(topic.name))
        if (reader === undefined) continue
        this.#topics.push({ product, topic, read: reader.read })
        const publish = topic.publish.bind(topic)
        topic.publish = text => {
          this.#texts.set(topic, text)
          publish(text)
        }
      }
    }
  }

  /** Undefined before the first. */
  of(product: string, symbol: string): TrueTop | undefined {
    const found = this.#topics.find(
      each => each.product === product && each.topic.name.toUpperCase().includes(symbol.toUpperCase()),
    )
    const text = found && this.#texts.get(found.topic)
    return text === undefined ? undefined : found?.read(text)
  }
}

function topOf([bid, bidAmount]: Pair, [ask, askAmount]: Pair): TrueTop {
  return { bid: { price: bid, amount: bidAmount }, ask: { price: ask, amount: askAmount } }
}
