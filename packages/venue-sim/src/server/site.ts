// What one path prefix of the port serves: a product, or all the products that a venue serves on one host. Such products
// share sockets, requests and limits; their markets are separate.

import type { Topics } from '../connection/topics.js'
import type { Dialect, Protocol, ProtocolContext, RestHandler, RestSource } from '../dialect.js'

interface SiteProduct {
  readonly name: string
  readonly topics: Topics
}

export interface Site {
  readonly prefix: string
  readonly products: readonly SiteProduct[]
  readonly protocol: Protocol
  readonly rest: RestHandler
}

interface ProductSource {
  readonly dialect: Dialect
  readonly topics: Topics
  readonly rest: RestSource
}

export function createSites(sources: readonly ProductSource[], context: ProtocolContext): Site[] {
  const prefixes = new Set(sources.map(({ dialect }) => prefixOf(dialect)))
  return [...prefixes].map(prefix => {
    const own = sources.filter(({ dialect }) => prefixOf(dialect) === prefix)
    const { dialect } = own[0]!
    const directory = { find: (name: string) => firstOf(own, ({ topics }) => topics.find(name)) }
    return {
      prefix,
      products: own.map(source => ({ name: source.dialect.product, topics: source.topics })),
      protocol: dialect.createProtocol(directory, context),
      rest: dialect.createRest(joined(own.map(({ rest }) => rest)), context.clock),
    }
  })
}

function prefixOf(dialect: Dialect): string {
  return dialect.prefix ?? dialect.product
}

function joined(sources: readonly RestSource[]): RestSource {
  return {
    listed: () => sources.flatMap(source => source.listed()),
    book: (symbol, levelCountMax) => firstOf(sources, source => source.book(symbol, levelCountMax)),
    stateOf: symbol =>
      firstOf(sources, source =>
        source.listed().some(spec => spec.symbol === symbol) ? source.stateOf?.(symbol) : undefined,
      ),
    openInterest: symbol => firstOf(sources, source => source.openInterest(symbol)),
    recordedInstruments: list => firstOf(sources, source => source.recordedInstruments?.(list)),
  }
}

function firstOf<Source, Found>(
  sources: readonly Source[],
  find: (source: Source) => Found | undefined,
): Found | undefined {
  for (const source of sources) {
    const found = find(source)
    if (found !== undefined) return found
  }
  return undefined
}

/** Subscribers per product and topic. */
export function subscriberCounts(sites: readonly Site[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { name, topics } of sites.flatMap(({ products }) => products)) {
    for (const topic of topics.all()) if (topic.hasSubscribers) counts[`${name} ${topic.name}`] = topic.subscribers.size
  }
  return counts
}
