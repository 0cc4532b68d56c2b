// `/api/v5/public/instruments`: the listed instruments, and the base currency in one contract of a linear swap.

import type { Decimal } from '@tradelane/shared/market/nouns'
import { isDecimal, isZeroDecimal, multiplyDecimals } from '@tradelane/shared/wire/decimal'
import { asArray, asObject, excerptOf, type JsonObject, parseAnswer } from '../json-fields.js'
import type { InstrumentsProtocol, ListedInstrument } from '../rest-protocol.js'

export type InstType = 'SPOT' | 'SWAP'

export function okxInstruments(instType: InstType): InstrumentsProtocol {
  return {
    request: () => ({ path: `/api/v5/public/instruments?instType=${instType}`, weight: 1 }),
    parse: body => {
      const answer = parseAnswer(body, 'instruments')
      if (answer['code'] !== '0') throw new Error(`instruments: the venue answered an error: ${excerptOf(body)}`)
      const list = asArray(answer['data'])
      if (list === undefined) throw new Error(`instruments: invalid answer "${excerptOf(body)}"; expected data`)
      return { listed: list.flatMap(listedOf), nextCursor: null }
    },
  }
}

function listedOf(value: unknown): ListedInstrument[] {
  const entry = asObject(value)
  const symbol = entry?.['instId']
  if (entry === undefined || typeof symbol !== 'string') return []
  const contractValue = contractValueOf(entry)
  // A contract of unknown value is not subscribed: its amounts would mean nothing.
  return [
    {
      symbol,
      isTrading: entry['state'] === 'live' && contractValue !== null,
      contractValue: contractValue ?? ('1' as Decimal),
    },
  ]
}

/** `ctVal` × `ctMult` of a linear contract, `1` where sizes are in base. */
function contractValueOf(entry: JsonObject): Decimal | null {
  const { instType, ctType, ctVal: value, ctMult: multiplier } = entry
  if (instType === 'SPOT') return '1' as Decimal
  if (ctType !== 'linear' || !isDecimal(value)) return null
  const product = isDecimal(multiplier) ? multiplyDecimals(value, multiplier) : value
  return isDecimal(product) && !isZeroDecimal(product) ? product : null
}
