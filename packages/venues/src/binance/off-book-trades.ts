// Executions of the raw `@trade` stream that no order book saw; some are ten percent off the market, so they are not told.
// Their ids are part of the count: the next trade stands for them too, or each would look like a trade lost upstream.

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
    // Told again, while two connections overlap.
    if (run !== undefined && id <= run.lastId) return
    this.#runs.set(instrument.id, { lastId: id, count: 1 + this.countBefore(instrument, id) })
  }

  /** How many skipped ids stand directly before this one. */
  countBefore(instrument: Instrument, id: number): number {
    if (this.#runs.size === 0) return 0
    const run = this.#runs.get(instrument.id)
    return run !== undefined && run.lastId === id - 1 ? run.count : 0
  }
}
