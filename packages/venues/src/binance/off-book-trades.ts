// Executions in the raw `@trade` stream that were not on an order book; some are ten percent off the market, so they are not
// published. Their ids are part of the sequence: the next trade counts them, or each would look like a trade lost upstream.

import assert from 'node:assert/strict'
import type { Instrument, InstrumentId } from '@tradelane/shared/market/nouns'

const ORIGINS: ReadonlySet<unknown> = new Set(['INSURANCE_FUND', 'ADL', 'NA'])

export function isOffBook(origin: unknown): boolean {
  return ORIGINS.has(origin)
}

/** The last run of skipped ids, by instrument. */
export class OffBookTrades {
  readonly #runs = new Map<InstrumentId, { lastId: number; count: number }>()

  skip(instrument: Instrument, id: number): void {
    const run = this.#runs.get(instrument.id)
    // Repeated, while two connections overlap.
    if (run !== undefined && id <= run.lastId) return
    const count = 1 + this.countBefore(instrument, id)
    assert(count >= 1 && count <= id + 1, 'a run has no more ids than there are')
    this.#runs.set(instrument.id, { lastId: id, count })
  }

  /** How many skipped ids come directly before this one. */
  countBefore(instrument: Instrument, id: number): number {
    if (this.#runs.size === 0) return 0
    const run = this.#runs.get(instrument.id)
    return run !== undefined && run.lastId === id - 1 ? run.count : 0
  }
}
