// `instruments-info`, page by page.

import type { Decimal } from '@tradelane/shared/market/nouns'
import { asArray, asObject, excerptOf, parseAnswer } from '../json-fields.js'
import type { InstrumentsProtocol, ListedInstrument } from '../rest-protocol.js'

export function bybitInstruments(category: 'linear' | 'spot'): InstrumentsProtocol {
  const path = `/v5/market/instruments-info?category=${category}&limit=1000`
  return {
    request: cursor => ({ path: cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`, weight: 1 }),
    parse: body => {
      const answer = parseAnswer(body, 'instruments-info')
      if (answer['retCode'] !== 0) throw new Error(`instruments-info: the venue answered an error: ${excerptOf(body)}`)
      const result = asObject(answer['result'])
      const list = asArray(result?.['list'])
      if (list === undefined) throw new Error(`instruments-info: invalid answer "${excerptOf(body)}"; expected a list`)
      const cursor = result?.['nextPageCursor']
      return { listed: list.flatMap(listedOf), nextCursor: typeof cursor === 'string' && cursor !== '' ? cursor : null }
    },
  }
}

function listedOf(value: unknown): ListedInstrument[] {
  const entry = asObject(value)
  const symbol = entry?.['symbol']
  if (entry === undefined || typeof symbol !== 'string') return []
  return [{ symbol, isTrading: entry['status'] === 'Trading', contractValue: '1' as Decimal }]
}
