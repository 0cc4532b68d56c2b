// Which of the configured instruments a venue lists. A venue that does not answer in time is believed to list all of them:
// it never holds up the others, and an unlisted instrument only stays silent.

import type { RateLimitedLog } from '@tradelane/shared/log'
import type { Instrument } from '@tradelane/shared/nouns'
import type { ListedInstrument, Product } from '@tradelane/venues/venue'
import { INSTRUMENT_PAGES_MAX } from './limits.js'
import type { RestClient } from './rest-client.js'

/** Throws when the venue does not answer, or not as documented. */
export async function fetchListed(product: Product, rest: RestClient): Promise<Map<string, ListedInstrument>> {
  const listed = new Map<string, ListedInstrument>()
  let cursor: string | null = null
  for (let page = 0; page < INSTRUMENT_PAGES_MAX; page += 1) {
    const body = await rest.get(product.instruments.request(cursor))
    const answer = product.instruments.parse(body.toString('utf8'))
    for (const instrument of answer.listed) listed.set(instrument.symbol, instrument)
    cursor = answer.nextCursor
    if (cursor === null) break
  }
  if (listed.size === 0) throw new Error('the list of instruments is empty')
  return listed
}

/** Those that the venue lists; says which are left out. */
export function keepListed(
  product: Product,
  instruments: readonly Instrument[],
  listed: ReadonlyMap<string, ListedInstrument>,
  notices: RateLimitedLog,
): readonly Instrument[] {
  return instruments.filter(({ symbol }) => {
    const found = listed.get(symbol)
    if (found?.isTrading) return true
    const what = found === undefined ? 'does not list' : 'does not trade'
    notices.say('warn', `${product.id} ${what} ${symbol}: it is left out, the others go on`, `${product.id} ${symbol}`)
    return false
  })
}
