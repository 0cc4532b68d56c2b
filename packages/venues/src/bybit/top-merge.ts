// `orderbook.1`: snapshots only since March 2025, deltas of one side before. Both sides are kept, so that a frame with one
// side never shows a client a missing one. A repetition (same `u`, every 3 s without a change) is no news.

import type { MarketSink, TopEvent } from '@tradelane/shared/market-events'
import type { Decimal, InstrumentId, WallUs } from '@tradelane/shared/nouns'
import { isDecimal, isZeroDecimal } from '@tradelane/shared/wire/decimal'
import { asArray, asObject, epochMsToUs, isId, type JsonObject } from '../json-fields.js'
import type { SymbolIndex } from '../venue.js'

export class TopMerge {
  readonly #instruments: SymbolIndex
  readonly #sink: MarketSink
  readonly #tops = new Map<InstrumentId, TopEvent & { lastId: number }>()

  constructor(instruments: SymbolIndex, sink: MarketSink) {
    this.#instruments = instruments
    this.#sink = sink
  }

  /** False when malformed. */
  decode(message: JsonObject, receivedUs: WallUs): boolean {
    const book = asObject(message['data'])
    const symbol = book?.['s']
    const instrument = typeof symbol === 'string' ? this.#instruments.of(symbol) : undefined
    const venueUs = epochMsToUs(message['cts']) ?? epochMsToUs(message['ts'])
    if (book === undefined || instrument === undefined || venueUs === undefined) return false
    const { u: lastId, seq: sequence } = book
    const bids = asArray(book['b'])
    const asks = asArray(book['a'])
    if (!isId(lastId) || !isId(sequence) || bids === undefined || asks === undefined) return false
    const bid = newestLevel(bids)
    const ask = newestLevel(asks)
    if (bid === null || ask === null) return false
    const isSnapshot = message['type'] === 'snapshot'
    const known = this.#tops.get(instrument.id)
    if (known !== undefined && known.lastId === lastId) return true
    const top = known ?? { ...EMPTY_TOP, instrument }
    top.lastId = lastId
    top.venueUs = venueUs
    top.receivedUs = receivedUs
    top.sequence = sequence
    setBid(top, bid, isSnapshot)
    setAsk(top, ask, isSnapshot)
    if (known === undefined) this.#tops.set(instrument.id, top)
    this.#sink.onTop(top)
    return true
  }

  reset(): void {
    this.#tops.clear()
  }
}

interface TopLevel {
  readonly price: Decimal
  readonly amount: Decimal
}

const EMPTY_TOP = {
  venueUs: 0 as WallUs,
  receivedUs: 0 as WallUs,
  bidPrice: null as Decimal | null,
  bidAmount: null as Decimal | null,
  askPrice: null as Decimal | null,
  askAmount: null as Decimal | null,
  sequence: 0,
  lastId: -1,
}

/** Undefined: the side did not change or is empty. Null: malformed. In a delta the level to keep is the one not deleted. */
function newestLevel(levels: readonly unknown[]): TopLevel | undefined | null {
  let newest: TopLevel | undefined
  for (const level of levels) {
    if (!Array.isArray(level)) return null
    const [price, amount]: unknown[] = level
    if (!isDecimal(price) || !isDecimal(amount)) return null
    if (!isZeroDecimal(amount)) newest = { price, amount }
  }
  return newest
}

function setBid(top: TopEvent, level: TopLevel | undefined, isSnapshot: boolean): void {
  if (level === undefined && !isSnapshot) return
  top.bidPrice = level?.price ?? null
  top.bidAmount = level?.amount ?? null
}

function setAsk(top: TopEvent, level: TopLevel | undefined, isSnapshot: boolean): void {
  if (level === undefined && !isSnapshot) return
  top.askPrice = level?.price ?? null
  top.askAmount = level?.amount ?? null
}
