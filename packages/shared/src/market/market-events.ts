// Decoded venue events, filled by a decoder and consumed before it returns. Each decoder owns ONE object per type and
// refills it for every event, so that a trade allocates nothing but its id and decimal texts: a sink that keeps a value
// copies it. Decimal texts are the venue's own; no price or size passes through a floating-point number on its way to the wire.

import type { Decimal, Instrument, MonotonicUs, PositionSide, Side, WallUs } from './nouns.js'

export interface TradeEvent {
  instrument: Instrument
  /** Match time of the venue. */
  venueUs: WallUs
  receivedUs: MonotonicUs
  /** The venue's id of the subscribed stream, at most 64 ASCII bytes. */
  id: string
  /** Venue ids folded into this one, itself included and the last of them; 1 where absent. */
  idCount?: number
  price: Decimal
  /** In the unit of the wire (`SIZE_UNITS`). */
  amount: Decimal
  /** In base currency. */
  amountBase: Decimal
  /** Aggressor. */
  side: Side
  /** False for block, insurance-fund and off-market executions: delivered, but not counted in CVD. */
  isMarket: boolean
}

export interface LiquidationEvent {
  instrument: Instrument
  venueUs: WallUs
  receivedUs: MonotonicUs
  /** The side field exactly as the older server sent it: the order's at some venues, the position's at others. */
  legacySide: Side
  orderSide: Side
  positionSide: PositionSide
  price: Decimal
  priceAverage: Decimal | null
  quantity: Decimal
  quantityBase: Decimal
}

export interface OpenInterestEvent {
  instrument: Instrument
  venueUs: WallUs
  receivedUs: MonotonicUs
  /** Legacy figure, in the venue's unit; two-sided at some venues. */
  contracts: Decimal
  notional: Decimal | null
  /** One-sided, in base currency. */
  contractsBase: Decimal
  notionalUsd: Decimal | null
  time: WallUs | null
}

/** Best bid and ask. A side that the venue has not shown is null. */
export interface TopEvent {
  instrument: Instrument
  /** Null where the venue gives no time: clients read the time of receipt instead. */
  venueUs: WallUs | null
  receivedUs: MonotonicUs
  bidPrice: Decimal | null
  bidAmount: Decimal | null
  askPrice: Decimal | null
  askAmount: Decimal | null
  /** The venue's book sequence of this top, or 0 where it has none. */
  sequence: number
}

/** Running totals since `sinceUs`; `isComplete` is false after trades were missed upstream. */
export interface CumulativeVolumeDelta {
  instrument: Instrument
  venueUs: WallUs
  receivedUs: MonotonicUs
  deltaBase: number
  deltaQuote: number
  /** Wall time, fixed when the totals start: clients recognize a restart of the totals by it. */
  sinceUs: WallUs
  isComplete: boolean
}

/**
 * Trades that the venue published and we did not receive, or liquidations that it may have published meanwhile. These have no
 * id at any venue: nobody can say whether there were any.
 */
export interface UpstreamGap {
  instrument: Instrument
  lastId: string | null
  firstId: string | null
  fromUs: WallUs | null
  toUs: WallUs | null
  /**
   * Trades missed, by their venue ids. Null where ids do not tell: trades may be missing, and liquidations as well. 0 where the
   * doubt is about liquidations alone; trades that the same cut took are counted by a gap of their own, before the next trade.
   */
  missed: number | null
}

/** One side's levels as flat text pairs: price, amount, price, amount, … best level first on the wire. */
export type LevelTexts = readonly string[]

/** What a decoder hands its events to. Every argument is valid during the call only. */
export interface MarketSink {
  onTrade(trade: TradeEvent): void
  onLiquidation(liquidation: LiquidationEvent): void
  onTop(top: TopEvent): void
  onOpenInterest(openInterest: OpenInterestEvent): void
}
