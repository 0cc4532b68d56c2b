// A sink that keeps copies of what decoders hand it: they refill one object per kind.

import type {
  LiquidationEvent,
  MarketSink,
  OpenInterestEvent,
  TopEvent,
  TradeEvent,
} from '@tradelane/shared/market/market-events'

export class RecordingSink implements MarketSink {
  trades: TradeEvent[] = []
  liquidations: LiquidationEvent[] = []
  tops: TopEvent[] = []
  openInterests: OpenInterestEvent[] = []

  get eventCount(): number {
    return this.trades.length + this.liquidations.length + this.tops.length + this.openInterests.length
  }

  onTrade(trade: TradeEvent): void {
    this.trades.push({ ...trade })
  }

  onLiquidation(liquidation: LiquidationEvent): void {
    this.liquidations.push({ ...liquidation })
  }

  onTop(top: TopEvent): void {
    this.tops.push({ ...top })
  }

  onOpenInterest(openInterest: OpenInterestEvent): void {
    this.openInterests.push({ ...openInterest })
  }

  clear(): void {
    this.trades = []
    this.liquidations = []
    this.tops = []
    this.openInterests = []
  }
}
