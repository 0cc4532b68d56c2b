// Everything but books, from decoder to clients: trades, liquidations and open interest at once, best bid and ask and CVD at
// most once per interval.

import { type CvdSink, CvdTotals } from '@tradelane/ingest/publish/cvd-totals'
import type {
  CumulativeVolumeDelta,
  LiquidationEvent,
  OpenInterestEvent,
  StateSink,
  TopEvent,
  TradeEvent,
  TradeSink,
} from '@tradelane/shared/market/market-events'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import { encodeCumulativeVolumeDelta, encodeOpenInterest, encodeTop } from '@tradelane/shared/wire/encode-state'
import { encodeLiquidation, encodeTrade } from '@tradelane/shared/wire/encode-trade'
import type { InstrumentWire } from '@tradelane/shared/wire/instrument-wire'
import type { FrameSink } from './frame-sink.js'
import { TimedThrottle } from './timed-throttle.js'

export class MarketState implements TradeSink, StateSink, CvdSink {
  readonly #clock: Clock
  readonly #wires: readonly InstrumentWire[]
  readonly #sink: FrameSink
  readonly #tops: TopEvent[] = []
  readonly #totals: CumulativeVolumeDelta[] = []
  readonly #topThrottle: TimedThrottle
  readonly #totalThrottle: TimedThrottle
  readonly #cvd: CvdTotals
  /** Of the newest trade or liquidation. */
  sequence = 0

  constructor(options: { wires: readonly InstrumentWire[]; sink: FrameSink; clock: Clock; throttleMs: number }) {
    this.#clock = options.clock
    this.#wires = options.wires
    this.#sink = options.sink
    const intervals = options.wires.map(() => options.throttleMs)
    this.#topThrottle = new TimedThrottle(intervals, index => {
      const top = this.#tops[index] as TopEvent
      this.#sink.sendState(`top ${index}`, encodeTop(top, this.#wire(index), this.#receivedUs(top)))
    })
    this.#totalThrottle = new TimedThrottle(intervals, index => {
      const total = this.#totals[index] as CumulativeVolumeDelta
      this.#sink.sendState(
        `cvd ${index}`,
        encodeCumulativeVolumeDelta(total, this.#wire(index), this.#receivedUs(total)),
      )
    })
    this.#cvd = new CvdTotals(options.clock, this)
  }

  publishTrade(trade: TradeEvent): void {
    this.sequence += 1
    const wire = this.#wire(trade.instrument.id)
    this.#sink.sendLossless(encodeTrade(trade, wire, this.sequence, this.#receivedUs(trade)))
    this.#cvd.add(trade)
  }

  publishLiquidation(liquidation: LiquidationEvent): void {
    this.sequence += 1
    const wire = this.#wire(liquidation.instrument.id)
    this.#sink.sendLossless(encodeLiquidation(liquidation, wire, this.sequence, this.#receivedUs(liquidation)))
  }

  publishTop(top: TopEvent): void {
    // Copied: the decoder refills its event for the next frame.
    this.#tops[top.instrument.id] = { ...top }
    this.#topThrottle.changed(top.instrument.id)
  }

  publishOpenInterest(event: OpenInterestEvent): void {
    const { id } = event.instrument
    this.#sink.sendState(`oi ${id}`, encodeOpenInterest(event, this.#wire(id), this.#receivedUs(event)))
  }

  publishCvd(total: CumulativeVolumeDelta): void {
    if (total.instrument.marketType !== 'Perpetual') return
    this.#totals[total.instrument.id] = total
    this.#totalThrottle.changed(total.instrument.id)
  }

  #receivedUs(event: { readonly receivedUs: MonotonicUs }): WallUs {
    return this.#clock.toWallUs(event.receivedUs)
  }

  #wire(id: number): InstrumentWire {
    return this.#wires[id] as InstrumentWire
  }
}
