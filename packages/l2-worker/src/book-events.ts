// What an instrument's book reports to its agent, each call with the book's index in the shard. Every call comes from within
// `accept`, `checkLoss` or `sweep`, in the L2 worker; next are the throttle, the publisher and the request to ingest.

import type { StatusReason } from '@tradelane/shared/market/nouns'
import type { Remedy } from '@tradelane/shared/thread/thread-messages'

export interface BookEvents {
  /** The book is withheld: publish that now. Called again when the reason changes. */
  onStale(index: number, reason: StatusReason, nowMs: number): void
  /** A delta was applied. */
  onChanged(index: number, nowMs: number): void
  /** A snapshot, and the deltas held for it, made a new book. */
  onReset(index: number, nowMs: number): void
  onResync(index: number, reason: StatusReason, remedy: Remedy): void
  /** No remedy has helped: nothing is requested for this long. */
  onPaused(index: number, ms: number): void
  onMalformed(index: number): void
}
