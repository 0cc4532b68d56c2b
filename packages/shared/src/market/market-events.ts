// Decoded venue events, filled by a decoder and consumed before it returns. Each decoder owns one object per type and
// refills it for every event, so that a trade allocates nothing but its id and decimal texts: a sink that keeps a value
// copies it. Decimal texts are the venue's own; no price or size becomes a floating-point number before it is encoded.

import type { Decimal, Instrument, Kind, MonotonicUs, PositionSide, Side, WallUs } from './nouns.js'

export interface TradeEvent {
  instrument: Instrument
  /** Match time of the venue. */
  venueUs: WallUs
  receivedUs: MonotonicUs
  /** The venue's id, at most 64 ASCII bytes. */
  id: string
  /** How many venue ids this event covers, `id` being the last of them; 1 where absent. */
  idCount?: number
  price: Decimal
  /** In the unit of the wire (`SIZE_UNITS`). */
  amount: Decimal
  /** In base currency. */
  amountBase: Decimal
  /** Aggressor. */
  side: Side
  /** False for block, insurance-fund and off-market executions: published, but not counted in CVD. */
  isMarket: boolean
}

/** Of a decoder, which fills it. Times are doubles from the start: V8 compiles code again when the kind of a number changes. */
export function newTradeEvent(): TradeEvent {
  return {
    instrument: NO_INSTRUMENT,
    venueUs: Number.NaN as WallUs,
    receivedUs: Number.NaN as MonotonicUs,
    id: '',
    idCount: 1,
    price: NO_DECIMAL,
    amount: NO_DECIMAL,
    amountBase: NO_DECIMAL,
    side: 'Buy',
    isMarket: true,
  }
}

export interface LiquidationEvent {
  instrument: Instrument
  venueUs: WallUs
  receivedUs: MonotonicUs
  /** The side as the older server sent it: of the order at most venues, of the position at one. */
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
  /** As the older server sent it: in the venue's unit, and both sides counted where the venue counts both. */
  contracts: Decimal
  notional: Decimal | null
  /** One-sided, in base currency. */
  contractsBase: Decimal
  notionalUsd: Decimal | null
  time: WallUs | null
}

/** Of a decoder, which fills it. All states of a kind have one shape: of several, each number that is read is an object. */
export function newOpenInterestEvent(): OpenInterestEvent {
  return {
    instrument: NO_INSTRUMENT,
    venueUs: Number.NaN as WallUs,
    receivedUs: Number.NaN as MonotonicUs,
    contracts: NO_DECIMAL,
    notional: null,
    contractsBase: NO_DECIMAL,
    notionalUsd: null,
    time: null,
  }
}

/** Best bid and ask. A side that is empty or unknown is null. */
export interface TopEvent {
  instrument: Instrument
  /**
   * NaN where the venue gives no time: clients read the time of receipt instead. Once a field has held null, each double in it is
   * an object.
   */
  venueUs: WallUs
  receivedUs: MonotonicUs
  bidPrice: Decimal | null
  bidAmount: Decimal | null
  askPrice: Decimal | null
  askAmount: Decimal | null
  /** The venue's book sequence of this top, or 0 where it has none. */
  sequence: number
}

export function newTopEvent(): TopEvent {
  return {
    instrument: NO_INSTRUMENT,
    venueUs: Number.NaN as WallUs,
    receivedUs: Number.NaN as MonotonicUs,
    bidPrice: null,
    bidAmount: null,
    askPrice: null,
    askAmount: null,
    sequence: Number.NaN,
  }
}

/** What a sink keeps: the decoder refills its event for the next frame. */
export function copyTop(from: TopEvent, to: TopEvent): void {
  to.instrument = from.instrument
  to.venueUs = from.venueUs
  to.receivedUs = from.receivedUs
  to.bidPrice = from.bidPrice
  to.bidAmount = from.bidAmount
  to.askPrice = from.askPrice
  to.askAmount = from.askAmount
  to.sequence = from.sequence
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
 * Trades that the venue published and ingest did not receive, and liquidations that it may have published meanwhile.
 * Liquidations have no id at any venue, so it is never known whether there were any.
 */
export interface UpstreamGap {
  instrument: Instrument
  lastId: string | null
  firstId: string | null
  fromUs: WallUs | null
  toUs: WallUs | null
  /**
   * Trades missed, by their venue ids. Null where ids do not prove it: trades may be missing, and liquidations as well. 0 where
   * only liquidations are uncertain; trades lost by the same disconnect have a gap of their own, before the next trade.
   */
  missed: number | null
}

/** One side's levels as flat text pairs: price, amount, price, amount, … best level first on the wire. */
export type LevelTexts = readonly string[]

/** Where a decoder's events go: the publishers. Every argument is valid during the call only. */
export interface MarketSink {
  readonly trades: TradeSink
  readonly states: StateSink
  /**
   * A frame of several events has one here that cannot be read. `instrument`: undefined where it is that of the frame, or
   * unknown.
   */
  missed(kind: UnreadKind, instrument: Instrument | undefined): void
}

/** Events of these kinds are all delivered: one that cannot be read is missing. */
export type UnreadKind = typeof Kind.trade | typeof Kind.liquidation

export interface TradeSink {
  publishTrade(trade: TradeEvent): void
  publishLiquidation(liquidation: LiquidationEvent): void
}

export interface StateSink {
  publishTop(top: TopEvent): void
  publishOpenInterest(openInterest: OpenInterestEvent): void
}

/** Until an event is filled. */
const NO_INSTRUMENT = {} as Instrument
const NO_DECIMAL = '' as Decimal
