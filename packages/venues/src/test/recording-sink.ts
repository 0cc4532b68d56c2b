// A sink that keeps copies of events: decoders refill one object per kind.

import type {
  LiquidationEvent,
  OpenInterestEvent,
  StateSink,
  TopEvent,
  TradeEvent,
  TradeSink,
} from '@tradelane/shared/market/market-events'

export class RecordingSink implements TradeSink, StateSink {
  trades: TradeEvent[] = []
  liquidations: LiquidationEvent[] = []
  tops: TopEvent[] = []
  openInterests: OpenInterestEvent[] = []

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

  clear(): void {
    this.trades = []
    this.liquidations = []
    this.tops = []
    this.openInterests = []
  }
}
