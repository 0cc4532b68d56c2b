// Requests a venue's list of instruments, page by page.

import type { ListedInstrument } from '@tradelane/venues/rest-protocol'
import type { Product } from '@tradelane/venues/venue'
import type { IngestContext } from '../ingest-context.js'
import { INSTRUMENT_PAGES_MAX, LIST_PAGE_MS_MAX } from '../limits.js'
import type { RestClient } from '../rest/rest-client.js'

export interface Listing {
  /** Of the requested symbols. */
  readonly bySymbol: ReadonlyMap<string, ListedInstrument>
  /** Symbols that are listed, for a message about one that is not. */
  readonly examples: readonly string[]
}

/** What the venue lists of these symbols. Rejects when it does not answer, or not as documented. */
export async function fetchListing(
  context: IngestContext,
  product: Product,
  symbols: ReadonlySet<string>,
  rest: RestClient,
): Promise<Listing> {
  try {
    return await fetchPages(context, product, symbols, rest)
  } catch (error) {
    context.counters.add('instrumentListFailures')
    throw error
  }
}

async function fetchPages(
  { environment }: IngestContext,
  product: Product,
  symbols: ReadonlySet<string>,
  rest: RestClient,
): Promise<Listing> {
  const bySymbol = new Map<string, ListedInstrument>()
  const examples = new Set<string>()
  let entryCount = 0
  let cursor: string | null = null
  for (let page = 0; page < INSTRUMENT_PAGES_MAX; page += 1) {
    const body = await rest.get(product.instruments.request(cursor), 'list', LIST_PAGE_MS_MAX)
    const answer = await environment.lists.read({ productId: product.id, body, symbols })
    for (const instrument of answer.listed) bySymbol.set(instrument.symbol, instrument)
    for (const symbol of answer.examples) examples.add(symbol)
    entryCount += answer.entryCount
    cursor = answer.nextCursor
    if (cursor === null) break
  }
  if (entryCount === 0) throw new Error('the list is empty')
  return { bySymbol, examples: [...examples] }
}
