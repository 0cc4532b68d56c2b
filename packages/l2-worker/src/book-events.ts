// What an instrument's book tells its agent. Every call comes from within `accept`, `checkLoss` or `sweep`, in the L2 worker;
// what follows are the throttle, the publisher and the request to ingest.

import type { StatusReason } from '@tradelane/shared/market/nouns'
import type { InstrumentBook } from './instrument-book.js'

export interface BookEvents {
  /** The book is gone; say so now. Called again when the reason changes. */
  onStale(book: InstrumentBook, reason: StatusReason, nowMs: number): void
  /** A delta was applied. */
  onChanged(book: InstrumentBook, nowMs: number): void
  /** A snapshot, and what was held for it, made a new book. */
  onReset(book: InstrumentBook, nowMs: number): void
  onResync(book: InstrumentBook, reason: StatusReason): void
  onMalformed(book: InstrumentBook): void
}
