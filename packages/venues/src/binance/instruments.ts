// `exchangeInfo`: spot and futures have the same shape in the fields that are read here.

import type { Decimal } from '@tradelane/shared/market/nouns'
import { asArray, asObject, excerptOf, parseAnswer } from '../json-fields.js'
import type { InstrumentsProtocol, ListedInstrument } from '../rest-protocol.js'

export function binanceInstruments(path: string, weight: number): InstrumentsProtocol {
  return {
    request: () => ({ path, weight }),
    parse: body => {
      const answer = parseAnswer(body, 'exchangeInfo')
      const symbols = asArray(answer['symbols'])
      if (symbols === undefined)
        throw new Error(`exchangeInfo: invalid answer "${excerptOf(body)}"; expected a list of symbols`)
      return { listed: symbols.flatMap(listedOf), nextCursor: null }
    },
  }
}

function listedOf(value: unknown): ListedInstrument[] {
  const entry = asObject(value)
  const symbol = entry?.['symbol']
  if (entry === undefined || typeof symbol !== 'string') return []
  return [{ symbol, isTrading: TRADING.has(entry['status']), contractValue: '1' as Decimal }]
}

/** With `CANCEL_ONLY` trades still come. */
const TRADING: ReadonlySet<unknown> = new Set(['TRADING', 'CANCEL_ONLY'])
