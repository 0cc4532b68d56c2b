// Open interest of USDⓈ-M futures: only by REST, one symbol per request, in base currency, one-sided.

import { newOpenInterestEvent, type OpenInterestEvent } from '@tradelane/shared/market/market-events'
import type { Decimal, MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { isDecimal } from '@tradelane/shared/wire/decimal'
import { epochMsToUs, parseObject } from '../json-fields.js'
import type { OpenInterestProtocol } from '../rest-protocol.js'

export const openInterestProtocol: OpenInterestProtocol = {
  intervalMs: 5_000,
  request: instrument => ({ path: `/fapi/v1/openInterest?symbol=${encodeURIComponent(instrument.symbol)}`, weight: 1 }),
  decode: (body, instrument, receivedUs, states) => {
    const answer = parseObject(body)
    const openInterest = answer?.['openInterest']
    const time = epochMsToUs(answer?.['time'])
    if (answer?.['symbol'] !== instrument.symbol || !isDecimal(openInterest) || time === undefined) return false
    states.publishOpenInterest(eventOf(instrument, openInterest, time, receivedUs))
    return true
  },
}

function eventOf(
  instrument: OpenInterestEvent['instrument'],
  openInterest: Decimal,
  time: WallUs,
  receivedUs: MonotonicUs,
): OpenInterestEvent {
  const event = newOpenInterestEvent()
  event.instrument = instrument
  event.venueUs = time
  event.receivedUs = receivedUs
  event.contracts = openInterest
  event.contractsBase = openInterest
  event.time = time
  return event
}
