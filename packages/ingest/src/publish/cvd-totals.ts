// Cumulative volume delta per instrument: signed running totals of its trades since this thread first saw one. After trades
// were missed upstream the totals continue, marked incomplete.

import assert from 'node:assert/strict'
import type { CumulativeVolumeDelta, TradeEvent } from '@tradelane/shared/market/market-events'
import type { Instrument } from '@tradelane/shared/market/nouns'
import { type Clock, DOUBLE_ZERO } from '@tradelane/shared/thread/clock'

export interface CvdSink {
  /** `total` is the one object of its instrument, which keeps changing. */
  publishCvd(total: CumulativeVolumeDelta): void
}

export class CvdTotals {
  readonly #totals: CumulativeVolumeDelta[] = []
  readonly #clock: Clock
  readonly #sink: CvdSink

  constructor(clock: Clock, sink: CvdSink) {
    this.#clock = clock
    this.#sink = sink
  }

  add(trade: TradeEvent): void {
    const total = this.#totals[trade.instrument.id] ?? this.#start(trade)
    assert(total.instrument.id === trade.instrument.id, 'a total counts one instrument')
    total.venueUs = trade.venueUs
    total.receivedUs = trade.receivedUs
    if (trade.isMarket) {
      const amount = Number(trade.amountBase)
      assert(amount >= 0, 'the side of a trade gives the sign, never its amount')
      const base = trade.side === 'Buy' ? amount : -amount
      total.deltaBase += base
      total.deltaQuote += base * Number(trade.price)
    }
    this.#sink.publishCvd(total)
  }

  markIncomplete(instrument: Instrument): void {
    const total = this.#totals[instrument.id]
    if (total !== undefined) total.isComplete = false
  }

  #start(trade: TradeEvent): CumulativeVolumeDelta {
    const { instrument, venueUs, receivedUs } = trade
    assert(this.#totals[instrument.id] === undefined, 'the total of an instrument starts once')
    const total = {
      instrument,
      venueUs,
      receivedUs,
      deltaBase: DOUBLE_ZERO,
      deltaQuote: DOUBLE_ZERO,
      sinceUs: this.#clock.toWallUs(receivedUs),
      isComplete: true,
    }
    this.#totals[instrument.id] = total
    return total
  }
}
