// What a product answers by REST: its list of instruments, open interest where that must be polled, and what its venue counts.

import type { StateSink } from '@tradelane/shared/market/market-events'
import type { Decimal, Instrument, MonotonicUs } from '@tradelane/shared/market/nouns'
import type { RefusalClass } from './refusal-class.js'

export interface RestRequest {
  /** Path and query, appended to the REST endpoint. */
  readonly path: string
  /** Request weight in the venue's own unit. */
  readonly weight: number
}

export interface InstrumentsProtocol {
  request(cursor: string | null): RestRequest
  /** Throws a plain Error with a readable message when the answer is not as the venue documents it. */
  parse(body: string): { readonly listed: readonly ListedInstrument[]; readonly nextCursor: string | null }
}

export interface ListedInstrument {
  readonly symbol: string
  readonly isTrading: boolean
  /** Base currency per contract; `1` where sizes are in base. */
  readonly contractValue: Decimal
}

export interface OpenInterestProtocol {
  readonly intervalMs: number
  request(instrument: Instrument): RestRequest
  /** False when malformed. */
  decode(body: Buffer, instrument: Instrument, receivedUs: MonotonicUs, states: StateSink): boolean
}

export interface RestBudget {
  /** What the venue counts weights and refuses requests by: products with the same name share one budget and one pause. */
  readonly host: string
  readonly weightPerMinute: number
  /** Response header with the weight used this minute, lower case; null where there is none. */
  readonly usedWeightHeader: string | null
  /** HTTP statuses after which the venue wants no request for at least this long. */
  readonly stopMs: Readonly<Record<number, number>>
  /** By the text of an answer that is no success, or shorter than a kibibyte; null where it does not tell. Never throws. */
  refusalOf(text: string): RefusalClass | null
}
