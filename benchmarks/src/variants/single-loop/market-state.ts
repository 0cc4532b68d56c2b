// Everything but books, from decoder to clients: trades and liquidations at once, best bid and ask and CVD at most once per
// interval, open interest as it comes.

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
import type { FrameOutlet } from './frame-outlet.js'
import { Pacer } from './pacer.js'

export class MarketState implements TradeSink, StateSink, CvdSink {
  readonly #clock: Clock
  readonly #wires: readonly InstrumentWire[]
  readonly #clients: FrameOutlet
  readonly #tops: TopEvent[] = []
  readonly #totals: CumulativeVolumeDelta[] = []
  readonly #topPacer: Pacer
  readonly #totalPacer: Pacer
  readonly #cvd: CvdTotals
  sequence = 0

  constructor(options: { wires: readonly InstrumentWire[]; clients: FrameOutlet; clock: Clock; throttleMs: number }) {
    this.#clock = options.clock
    this.#wires = options.wires
    this.#clients = options.clients
    const intervals = options.wires.map(() => options.throttleMs)
    this.#topPacer = new Pacer(intervals, index => {
      const top = this.#tops[index] as TopEvent
      this.#clients.sendState(`top ${index}`, encodeTop(top, this.#wire(index), this.#receivedUs(top)))
    })
    this.#totalPacer = new Pacer(intervals, index => {
      const total = this.#totals[index] as CumulativeVolumeDelta
      this.#clients.sendState(
        `cvd ${index}`,
        encodeCumulativeVolumeDelta(total, this.#wire(index), this.#receivedUs(total)),
      )
    })
    this.#cvd = new CvdTotals(options.clock, this)
  }

  publishTrade(trade: TradeEvent): void {
    this.sequence += 1
    const wire = this.#wire(trade.instrument.id)
    this.#clients.sendLossless(encodeTrade(trade, wire, this.sequence, this.#receivedUs(trade)))
    this.#cvd.add(trade)
  }

  publishLiquidation(liquidation: LiquidationEvent): void {
    this.sequence += 1
    const wire = this.#wire(liquidation.instrument.id)
    this.#clients.sendLossless(encodeLiquidation(liquidation, wire, this.sequence, this.#receivedUs(liquidation)))
  }

  publishTop(top: TopEvent): void {
    // Copied: the decoder refills its event for the next frame.
    this.#tops[top.instrument.id] = { ...top }
    this.#topPacer.changed(top.instrument.id)
  }

  publishOpenInterest(event: OpenInterestEvent): void {
    const { id } = event.instrument
    this.#clients.sendState(`oi ${id}`, encodeOpenInterest(event, this.#wire(id), this.#receivedUs(event)))
  }

  publishCvd(total: CumulativeVolumeDelta): void {
    if (total.instrument.marketType !== 'Perpetual') return
    this.#totals[total.instrument.id] = total
    this.#totalPacer.changed(total.instrument.id)
  }

  #receivedUs(event: { readonly receivedUs: MonotonicUs }): WallUs {
    return this.#clock.toWallUs(event.receivedUs)
  }

  #wire(id: number): InstrumentWire {
    return this.#wires[id] as InstrumentWire
  }
}
