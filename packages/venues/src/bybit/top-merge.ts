// Merges `orderbook.1`: snapshots only since March 2025, deltas of one side before. Both sides are kept, so that clients never
// lose a side to a frame without it. A repetition (same `u`, every 3 s without a change) is not published.

import assert from 'node:assert/strict'
import type { StateSink, TopEvent } from '@tradelane/shared/market/market-events'
import type { Decimal, InstrumentId, MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { isDecimal, isZeroDecimal } from '@tradelane/shared/wire/decimal'
import { asArray, asObject, epochMsToUs, isId, type JsonObject } from '../json-fields.js'
import type { SymbolIndex } from '../venue.js'

export class TopMerge {
  readonly #instruments: SymbolIndex
  readonly #states: StateSink
  readonly #tops = new Map<InstrumentId, TopEvent & { lastId: number }>()

  constructor(instruments: SymbolIndex, states: StateSink) {
    this.#instruments = instruments
    this.#states = states
  }

  /** False when malformed. */
  decode(message: JsonObject, receivedUs: MonotonicUs): boolean {
    const book = asObject(message['data'])
    const symbol = book?.['s']
    const instrument = typeof symbol === 'string' ? this.#instruments.of(symbol) : undefined
    const venueUs = timeOf(message, book)
    if (book === undefined || instrument === undefined || venueUs === undefined) return false
    const { u: lastId, seq: sequence } = book
    const bids = asArray(book['b'])
    const asks = asArray(book['a'])
    if (!isId(lastId) || !isId(sequence) || bids === undefined || asks === undefined) return false
    const bid = firstLevel(bids)
    const ask = firstLevel(asks)
    if (bid === null || ask === null) return false
    const isSnapshot = message['type'] === 'snapshot'
    if (!isSnapshot && message['type'] !== 'delta') return false
    const known = this.#tops.get(instrument.id)
    if (known !== undefined && known.lastId === lastId) return true
    // A delta changes a known top, and only an older one.
    if (!isSnapshot && (known === undefined || lastId < known.lastId)) return true
    const top = known ?? { ...EMPTY_TOP, instrument }
    top.lastId = lastId
    top.venueUs = venueUs
    top.receivedUs = receivedUs
    top.sequence = sequence
    // A side that a delta leaves out did not change; one whose only level it deletes is empty.
    if (isSnapshot || bids.length > 0) {
      top.bidPrice = bid?.price ?? null
      top.bidAmount = bid?.amount ?? null
    }
    if (isSnapshot || asks.length > 0) {
      top.askPrice = ask?.price ?? null
      top.askAmount = ask?.amount ?? null
    }
    assert(top.instrument.id === instrument.id, 'a top is merged for one instrument')
    assert((top.bidPrice === null) === (top.bidAmount === null), 'a side has both a price and an amount, or neither')
    assert((top.askPrice === null) === (top.askAmount === null), 'a side has both a price and an amount, or neither')
    if (known === undefined) this.#tops.set(instrument.id, top)
    this.#states.publishTop(top)
    return true
  }

  reset(): void {
    this.#tops.clear()
  }
}

/** Null for a closed symbol: it has time 0 and no levels, and its top is empty from now on. Undefined when malformed. */
function timeOf(message: JsonObject, book: JsonObject | undefined): WallUs | null | undefined {
  const isClosed = message['ts'] === 0 && asArray(book?.['b'])?.length === 0 && asArray(book?.['a'])?.length === 0
  return isClosed ? null : (epochMsToUs(message['cts']) ?? epochMsToUs(message['ts']))
}

interface TopLevel {
  readonly price: Decimal
  readonly amount: Decimal
}

const EMPTY_TOP = {
  venueUs: null as WallUs | null,
  receivedUs: 0 as MonotonicUs,
  bidPrice: null as Decimal | null,
  bidAmount: null as Decimal | null,
  askPrice: null as Decimal | null,
  askAmount: null as Decimal | null,
  sequence: 0,
  lastId: -1,
}

/** The first level that is not deleted; undefined where there is none. Null: malformed. */
function firstLevel(levels: readonly unknown[]): TopLevel | undefined | null {
  let first: TopLevel | undefined
  for (const level of levels) {
    if (!Array.isArray(level)) return null
    const [price, amount]: unknown[] = level
    if (!isDecimal(price) || !isDecimal(amount)) return null
    if (first === undefined && !isZeroDecimal(amount)) first = { price, amount }
  }
  return first
}
