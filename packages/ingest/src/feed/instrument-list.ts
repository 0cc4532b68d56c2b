// Which of the configured instruments a venue lists. A venue that does not answer in time is believed to list all of them:
// it never holds up the others, and an unlisted instrument only stays silent.

import type { Instrument } from '@tradelane/shared/market/nouns'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { ListedInstrument, Product } from '@tradelane/venues/venue'
import { INSTRUMENT_PAGES_MAX } from '../limits.js'
import type { InstrumentListPage } from '../rest/instrument-list-page.js'
import type { InstrumentListReader } from '../rest/instrument-list-reader.js'
import type { RestClient } from '../rest/rest-client.js'

/** What the venue lists of these symbols. Rejects when it does not answer, or not as documented. */
export async function fetchListed(
  product: Product,
  symbols: ReadonlySet<string>,
  rest: RestClient,
  reader: InstrumentListReader,
): Promise<Map<string, ListedInstrument>> {
  const listed = new Map<string, ListedInstrument>()
  let entryCount = 0
  let cursor: string | null = null
  for (let page = 0; page < INSTRUMENT_PAGES_MAX; page += 1) {
    const body = await rest.get(product.instruments.request(cursor))
    const answer: InstrumentListPage = await reader.read({ productId: product.id, body, symbols })
    for (const instrument of answer.listed) listed.set(instrument.symbol, instrument)
    entryCount += answer.entryCount
    cursor = answer.nextCursor
    if (cursor === null) break
  }
  if (entryCount === 0) throw new Error('the list of instruments is empty')
  return listed
}

/** Those that the venue lists; says which are left out. */
export function keepListed(
  product: Product,
  instruments: readonly Instrument[],
  listed: ReadonlyMap<string, ListedInstrument>,
  limitedLog: RateLimitedLog,
): readonly Instrument[] {
  return instruments.filter(({ symbol }) => {
    const found = listed.get(symbol)
    if (found?.isTrading) return true
    const what = found === undefined ? 'does not list' : 'does not trade'
    limitedLog.write(
      'warn',
      `${product.id} ${what} ${symbol}: it is left out, the others go on`,
      `${product.id} ${symbol}`,
    )
    return false
  })
}
