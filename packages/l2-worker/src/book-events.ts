// What an instrument's book reports to its agent, each call with the book's index in the shard. Every call comes from within
// `accept`, `checkLoss` or `sweep`, in the L2 worker; next are the throttle, the publisher and the request to ingest.

import type { StatusReason } from '@tradelane/shared/market/nouns'

export interface BookEvents {
  /** The book is withheld: publish that now. Called again when the reason changes. */
  onStale(index: number, reason: StatusReason, nowMs: number): void
  /** A delta was applied. */
  onChanged(index: number, nowMs: number): void
  /** A snapshot, and the deltas held for it, made a new book. */
  onReset(index: number, nowMs: number): void
  onResync(index: number, reason: StatusReason): void
  onMalformed(index: number): void
}
