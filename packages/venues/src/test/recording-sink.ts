// A sink that keeps copies of events: decoders refill one object per kind.

import type {
  LiquidationEvent,
  OpenInterestEvent,
  StateSink,
  TopEvent,
  TradeEvent,
  TradeSink,
  UnreadKind,
} from '@tradelane/shared/market/market-events'
import type { Instrument } from '@tradelane/shared/market/nouns'

export class RecordingSink implements TradeSink, StateSink {
  trades: TradeEvent[] = []
  liquidations: LiquidationEvent[] = []
  tops: TopEvent[] = []
  openInterests: OpenInterestEvent[] = []
  /** After so many trades and liquidations: the symbol, null where it was not stated. */
  missed: [count: number, kind: UnreadKind, symbol: string | null][] = []

  get eventCount(): number {
    return this.trades.length + this.liquidations.length + this.tops.length + this.openInterests.length
  }

  publishTrade(trade: TradeEvent): void {
    this.trades.push({ ...trade })
  }

  publishLiquidation(liquidation: LiquidationEvent): void {
    this.liquidations.push({ ...liquidation })
  }

  publishTop(top: TopEvent): void {
    this.tops.push({ ...top })
  }

  publishOpenInterest(openInterest: OpenInterestEvent): void {
    this.openInterests.push({ ...openInterest })
  }

  miss(kind: UnreadKind, instrument: Instrument | undefined): void {
    this.missed.push([this.trades.length + this.liquidations.length, kind, instrument?.symbol ?? null])
  }

  clear(): void {
    this.missed = []
    this.trades = []
    this.liquidations = []
    this.tops = []
    this.openInterests = []
  }
}
