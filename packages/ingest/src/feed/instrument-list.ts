// Which of the configured instruments a venue lists. A venue that does not answer in time is assumed to list all of them: it
// never delays the others, and an unlisted instrument only stays silent.

import type { Instrument } from '@tradelane/shared/market/nouns'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { ListedInstrument, Product } from '@tradelane/venues/venue'
import type { IngestContext } from '../ingest-context.js'
import { INSTRUMENT_PAGES_MAX, INSTRUMENTS_MS_MAX } from '../limits.js'
import type { RestClient } from '../rest/rest-client.js'

/** By symbol. */
export type Listing = ReadonlyMap<string, ListedInstrument>

/** What the venue lists of these symbols, or null when it does not answer in time, or not as documented. */
export async function fetchListing(
  context: IngestContext,
  product: Product,
  symbols: ReadonlySet<string>,
  rest: RestClient,
): Promise<Listing | null> {
  const { counters, limitedLog, environment } = context
  let timer: Timer | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const late = new Error(`no answer within ${INSTRUMENTS_MS_MAX} ms`)
    timer = environment.timers.setTimeout(() => reject(late), INSTRUMENTS_MS_MAX)
  })
  try {
    return await Promise.race([fetchPages(context, product, symbols, rest), tooLate])
  } catch (error) {
    counters.add('instrumentListFailures')
    const reason = error instanceof Error ? error.message : String(error)
    limitedLog.write('warn', 'instrument list could not be read', product.id, { reason })
    return null
  } finally {
    environment.timers.clear(timer)
  }
}

/** The instruments that the venue lists; logs which are left out. */
export function keepListed(
  product: Product,
  instruments: readonly Instrument[],
  listing: Listing,
  limitedLog: RateLimitedLog,
): readonly Instrument[] {
  return instruments.filter(({ symbol }) => {
    const found = listing.get(symbol)
    if (found?.isTrading) return true
    const what = found === undefined ? 'instrument not listed, left out' : 'instrument not trading, left out'
    limitedLog.write('warn', what, `${product.id} ${symbol}`)
    return false
  })
}

async function fetchPages(
  { environment }: IngestContext,
  product: Product,
  symbols: ReadonlySet<string>,
  rest: RestClient,
): Promise<Listing> {
  const listed = new Map<string, ListedInstrument>()
  let entryCount = 0
  let cursor: string | null = null
  for (let page = 0; page < INSTRUMENT_PAGES_MAX; page += 1) {
    const body = await rest.get(product.instruments.request(cursor))
    const answer = await environment.lists.read({ productId: product.id, body, symbols })
    for (const instrument of answer.listed) listed.set(instrument.symbol, instrument)
    entryCount += answer.entryCount
    cursor = answer.nextCursor
    if (cursor === null) break
  }
  if (entryCount === 0) throw new Error('the list is empty')
  return listed
}
