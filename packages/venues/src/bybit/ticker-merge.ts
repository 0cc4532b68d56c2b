// Merges `tickers`: a snapshot, then deltas in which a missing field means "unchanged". Open interest is published when a frame
// has it. The venue counts both sides; `singleOpenInterest` (since June 2026) compares with other venues, and where it is
// missing, half of the sum replaces it.

import assert from 'node:assert/strict'
import { newOpenInterestEvent, type StateSink } from '@tradelane/shared/market/market-events'
import type { Decimal, InstrumentId, MonotonicUs } from '@tradelane/shared/market/nouns'
import { halveDecimal, isDecimal } from '@tradelane/shared/wire/decimal'
import { asObject, epochMsToUs, type JsonObject } from '../json-fields.js'
import type { SymbolIndex } from '../venue.js'

interface TickerState {
  value: Decimal | null
}

export class TickerMerge {
  readonly #instruments: SymbolIndex
  readonly #states: StateSink
  readonly #tickers = new Map<InstrumentId, TickerState>()
  readonly #event = newOpenInterestEvent()

  constructor(instruments: SymbolIndex, states: StateSink) {
    this.#instruments = instruments
    this.#states = states
  }

  /** False when malformed. */
  decode(message: JsonObject, receivedUs: MonotonicUs): boolean {
    const ticker = asObject(message['data'])
    const symbol = ticker?.['symbol']
    const instrument = typeof symbol === 'string' ? this.#instruments.of(symbol) : undefined
    const venueUs = epochMsToUs(message['ts'])
    if (ticker === undefined || instrument === undefined || venueUs === undefined) return false
    if (!FIELDS.every(field => isUsable(ticker[field]))) return false
    const isSnapshot = message['type'] === 'snapshot'
    if (!isSnapshot && message['type'] !== 'delta') return false
    const known = isSnapshot ? undefined : this.#tickers.get(instrument.id)
    const state = known ?? { value: null }
    this.#tickers.set(instrument.id, state)
    state.value = merged(ticker['openInterestValue'], state.value)
    assert(state.value === null || isDecimal(state.value), 'only checked values are merged')
    const openInterest = ticker['openInterest']
    if (!isDecimal(openInterest)) return true
    // An old single figure would contradict a new sum: only one of the same frame is used.
    const single = ticker['singleOpenInterest']
    const contractsBase = isDecimal(single) ? single : halveDecimal(openInterest)
    // Half of a text of maximal length has one digit too many.
    if (!isDecimal(contractsBase)) return false
    const event = this.#event
    event.instrument = instrument
    event.venueUs = venueUs
    event.receivedUs = receivedUs
    event.contracts = openInterest
    event.notional = state.value
    event.contractsBase = contractsBase
    event.notionalUsd = notionalUsdOf(state, ticker)
    event.time = venueUs
    this.#states.publishOpenInterest(event)
    return true
  }

  reset(): void {
    this.#tickers.clear()
  }
}

const FIELDS = ['openInterest', 'openInterestValue', 'singleOpenInterest', 'singleOpenInterestValue'] as const

/** Absent means "unchanged" and empty "not applicable"; anything else must be a decimal. */
function isUsable(value: unknown): boolean {
  return value === undefined || value === '' || isDecimal(value)
}

function merged(value: unknown, before: Decimal | null): Decimal | null {
  return isDecimal(value) ? value : before
}

function notionalUsdOf(state: TickerState, ticker: JsonObject): Decimal | null {
  if (isDecimal(ticker['singleOpenInterestValue'])) return ticker['singleOpenInterestValue']
  const half = state.value === null ? null : halveDecimal(state.value)
  return isDecimal(half) ? half : null
}
