// Merges `orderbook.1`: snapshots only since March 2025, deltas of one side before. Both sides are kept, so that clients never
// lose a side to a frame without it. A repetition (same `u`, every 3 s without a change) is not published.

import assert from 'node:assert/strict'
import { newTopEvent, type StateSink, type TopEvent } from '@tradelane/shared/market/market-events'
import type { Decimal, Instrument, InstrumentId, MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { DOUBLE } from '@tradelane/shared/thread/clock'
import { isDecimal, isZeroDecimal } from '@tradelane/shared/wire/decimal'
import { asArray, asObject, epochMsToUs, isId, type JsonObject } from '../json-fields.js'
import type { SymbolIndex } from '../venue.js'

/** What a frame says. */
export interface TopUpdate {
  instrument: Instrument
  /** NaN: the symbol is closed. */
  venueUs: WallUs
  isSnapshot: boolean
  lastId: number
  sequence: number
  /** Whether it has any level of this side, also a deleted one; null: it has none that is not. */
  hasBids: boolean
  bidPrice: Decimal | null
  bidAmount: Decimal | null
  hasAsks: boolean
  askPrice: Decimal | null
  askAmount: Decimal | null
}

/** Beside its top, not in it: where tops of different shapes come, each number that is read of them is an object. */
interface MergedTop {
  readonly top: TopEvent
  lastId: number
}

/** Of a decoder, which fills it. */
export function newTopUpdate(): TopUpdate {
  const { instrument, bidPrice, bidAmount, askPrice, askAmount } = newTopEvent()
  return {
    instrument,
    venueUs: DOUBLE as WallUs,
    isSnapshot: false,
    lastId: DOUBLE,
    sequence: DOUBLE,
    hasBids: false,
    bidPrice,
    bidAmount,
    hasAsks: false,
    askPrice,
    askAmount,
  }
}

export class TopMerge {
  readonly #instruments: SymbolIndex
  readonly #states: StateSink
  readonly #tops = new Map<InstrumentId, MergedTop>()
  readonly #update = newTopUpdate()

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
    const update = this.#update
    update.instrument = instrument
    update.venueUs = venueUs
    update.isSnapshot = isSnapshot
    update.lastId = lastId
    update.sequence = sequence
    update.hasBids = bids.length > 0
    update.bidPrice = bid?.price ?? null
    update.bidAmount = bid?.amount ?? null
    update.hasAsks = asks.length > 0
    update.askPrice = ask?.price ?? null
    update.askAmount = ask?.amount ?? null
    this.merge(update, receivedUs)
    return true
  }

  merge(update: TopUpdate, receivedUs: MonotonicUs): void {
    const { instrument, isSnapshot, lastId } = update
    const known = this.#tops.get(instrument.id)
    if (known !== undefined && known.lastId === lastId) return
    // A delta changes a known top, and only an older one.
    if (!isSnapshot && (known === undefined || lastId < known.lastId)) return
    const merged = known ?? { top: newTopEvent(), lastId: DOUBLE as number }
    const { top } = merged
    merged.lastId = lastId
    if (known === undefined) top.instrument = instrument
    top.venueUs = update.venueUs
    top.receivedUs = receivedUs
    top.sequence = update.sequence
    // A side that a delta leaves out did not change; one whose only level it deletes is empty.
    if (isSnapshot || update.hasBids) {
      top.bidPrice = update.bidPrice
      top.bidAmount = update.bidAmount
    }
    if (isSnapshot || update.hasAsks) {
      top.askPrice = update.askPrice
      top.askAmount = update.askAmount
    }
    assert(top.instrument.id === instrument.id, 'a top is merged for one instrument')
    assert((top.bidPrice === null) === (top.bidAmount === null), 'a side has both a price and an amount, or neither')
    assert((top.askPrice === null) === (top.askAmount === null), 'a side has both a price and an amount, or neither')
    if (known === undefined) this.#tops.set(instrument.id, merged)
    this.#states.publishTop(top)
  }

  reset(): void {
    this.#tops.clear()
  }
}

/** NaN for a closed symbol: it has time 0 and no levels, and its top is empty from now on. Undefined when malformed. */
function timeOf(message: JsonObject, book: JsonObject | undefined): WallUs | undefined {
  const isClosed = message['ts'] === 0 && asArray(book?.['b'])?.length === 0 && asArray(book?.['a'])?.length === 0
  return isClosed ? (Number.NaN as WallUs) : (epochMsToUs(message['cts']) ?? epochMsToUs(message['ts']))
}

interface TopLevel {
  readonly price: Decimal
  readonly amount: Decimal
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
