// Cumulative volume delta per instrument, computed from its trades: signed running totals since this thread first saw the
// instrument. After trades were missed upstream the totals continue, marked incomplete.

import assert from 'node:assert/strict'

import type { CumulativeVolumeDelta, TradeEvent } from '@tradelane/shared/market/market-events'
import type { Instrument } from '@tradelane/shared/market/nouns'

export class CvdTotals {
  readonly #totals: CumulativeVolumeDelta[] = []
  readonly #onChanged: (total: CumulativeVolumeDelta) => void

  /** `onChanged` gets the one object of the instrument, which changes with every trade. */
  constructor(onChanged: (total: CumulativeVolumeDelta) => void) {
    this.#onChanged = onChanged
  }

  add(trade: TradeEvent): void {
    const total = this.#totals[trade.instrument.id] ?? this.#start(trade)
    assert(total.instrument === trade.instrument, 'an instrument id names one instrument')
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
      sinceUs: receivedUs,
      isComplete: true,
    }
    this.#totals[instrument.id] = total
    return total
  }
}
