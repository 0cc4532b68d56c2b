// Cumulative volume delta per instrument, derived from the trade path: signed running totals since this thread first saw the
// instrument. After trades were missed upstream the totals go on, marked incomplete.

import type { CumulativeVolumeDelta, TradeEvent } from '@tradelane/shared/market/market-events'
import type { Instrument } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'

export class CvdTotals {
  readonly #totals: CumulativeVolumeDelta[] = []
  readonly #clock: Clock
  readonly #onChanged: (total: CumulativeVolumeDelta) => void

  /** `onChanged` gets the one object of the instrument, which goes on changing. */
  constructor(clock: Clock, onChanged: (total: CumulativeVolumeDelta) => void) {
    this.#clock = clock
    this.#onChanged = onChanged
  }

  add(trade: TradeEvent): void {
    const total = this.#totals[trade.instrument.id] ?? this.#start(trade)
    total.venueUs = trade.venueUs
    total.receivedUs = trade.receivedUs
    if (trade.isMarket) {
      const base = trade.side === 'Buy' ? Number(trade.amountBase) : -Number(trade.amountBase)
      total.deltaBase += base
      total.deltaQuote += base * Number(trade.price)
    }
    this.#onChanged(total)
  }

  markIncomplete(instrument: Instrument): void {
    const total = this.#totals[instrument.id]
    if (total !== undefined) total.isComplete = false
  }

  #start(trade: TradeEvent): CumulativeVolumeDelta {
    const { instrument, venueUs, receivedUs } = trade
    const total = {
      instrument,
      venueUs,
      receivedUs,
      deltaBase: 0,
      deltaQuote: 0,
      sinceUs: this.#clock.toWallUs(receivedUs),
      isComplete: true,
    }
    this.#totals[instrument.id] = total
    return total
  }
}
