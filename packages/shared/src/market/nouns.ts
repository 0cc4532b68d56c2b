// The nouns of the market and their codes in shared memory. All threads agree on these; nothing here depends on a venue's
// protocol. `KIND_NAMES` has the wire's spelling of kinds.

declare const unit: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [unit]: Name }

/** Index into the instrument table of this process, 0..65,534. */
export type InstrumentId = Branded<number, 'InstrumentId'>
/** Index into the product table of this process, 0..254. */
export type ProductIndex = Branded<number, 'ProductIndex'>
/** Wall-clock microseconds since 1970-01-01 UTC. */
export type WallUs = Branded<number, 'WallUs'>
/**
 * Microseconds of `process.hrtime`: the same clock in every thread and every process of this machine. Decisions and durations
 * use it; `Clock.toWallUs` converts it for the wire.
 */
export type MonotonicUs = Branded<number, 'MonotonicUs'>
/** Decimal text as a venue wrote it, checked by `isDecimal`: digits, at most one point, no sign, no exponent. */
export type Decimal = Branded<string, 'Decimal'>

export const INSTRUMENT_NONE = 0xffff as InstrumentId

export type MarketType = 'Spot' | 'Perpetual'
export type Side = 'Buy' | 'Sell'
export type PositionSide = 'long' | 'short'
/** Amounts as the venue trades them, or all in base currency. */
export type SizeUnits = 'venue' | 'base'

/** What a record or a cell carries. The numbers are written to shared memory. */
export const Kind = {
  trade: 1,
  liquidation: 2,
  gap: 3,
  orderBookL1: 4,
  openInterest: 5,
  cumulativeVolumeDelta: 6,
  orderBookL2: 7,
  /** The state of one product × kind (`CellSpec.about`): no payload, only a status. */
  link: 8,
  /** What is wrong with one subscription (`CellSpec.about`) other than of a book: no payload, only a status. */
  subscription: 9,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

/** Kinds as clients read them. `gap`, `link` and `subscription` are carried by frames with a `type` instead. */
export const KIND_NAMES = {
  [Kind.trade]: 'trade',
  [Kind.liquidation]: 'liquidation',
  [Kind.gap]: 'gap',
  [Kind.orderBookL1]: 'order_book_l1',
  [Kind.openInterest]: 'open_interest',
  [Kind.cumulativeVolumeDelta]: 'cumulative_volume_delta',
  [Kind.orderBookL2]: 'order_book_l2',
  [Kind.link]: 'link',
  [Kind.subscription]: 'subscription',
} as const satisfies Record<Kind, string>

/** The kinds that carry market data, by their names on the wire, in the order in which a report lists them. */
export const WIRE_KINDS = [
  KIND_NAMES[Kind.trade],
  KIND_NAMES[Kind.liquidation],
  KIND_NAMES[Kind.openInterest],
  KIND_NAMES[Kind.cumulativeVolumeDelta],
  KIND_NAMES[Kind.orderBookL1],
  KIND_NAMES[Kind.orderBookL2],
] as const
export type WireKind = (typeof WIRE_KINDS)[number]

/** The kinds a user can subscribe at a venue; the sixth kind, CVD, is derived from trades. */
export const SUBSCRIBED_KINDS = [
  Kind.trade,
  Kind.liquidation,
  Kind.orderBookL1,
  Kind.openInterest,
  Kind.orderBookL2,
] as const
export type SubscribedKind = (typeof SUBSCRIBED_KINDS)[number]

/** The three classes of venue connection, so that no burst of books is ahead of a trade on its socket. */
export const FEEDS = ['trade', 'state', 'book'] as const
export type Feed = (typeof FEEDS)[number]

export const FEED_OF_KIND = {
  [Kind.trade]: 'trade',
  [Kind.liquidation]: 'trade',
  [Kind.orderBookL1]: 'state',
  [Kind.openInterest]: 'state',
  [Kind.orderBookL2]: 'book',
} as const satisfies Record<SubscribedKind, Feed>

/** One product of one venue as the threads other than ingest need to know it. */
export interface ProductLabel {
  readonly index: ProductIndex
  /** The name in settings. */
  readonly id: string
  /** The name of its venue in settings. */
  readonly venue: string
  /** The name on the wire, which products of one venue may share. */
  readonly exchange: string
  readonly marketType: MarketType
}

/** A tradable thing on one product. Plain data: it crosses threads in start messages. */
export interface Instrument {
  readonly id: InstrumentId
  readonly product: ProductIndex
  readonly exchange: string
  readonly marketType: MarketType
  /** Lower case: `btc`. */
  readonly base: string
  /** Lower case: `usdt`. */
  readonly quote: string
  /** The venue's spelling: `BTCUSDT`, `BTC-USDT-SWAP`. */
  readonly symbol: string
}

/**
 * Status of a board cell. `live` books are exact, `stale` ones are withheld; `down` is a lost venue connection, or a
 * subscription that brings nothing. Of a `stale` link a part is missing. `empty` is of cells that clients read no status of.
 */
export const CellStatus = { empty: 0, live: 1, stale: 2, down: 3 } as const
export type CellStatus = (typeof CellStatus)[keyof typeof CellStatus]
export type ShownStatus = Exclude<CellStatus, typeof CellStatus.empty>

/** Why a cell has its status: a closed list, so that it fits one byte. `none` is of cells without a status. */
export const StatusReason = {
  none: 0,
  /** Nothing is known yet. */
  starting: 1,
  /** Waiting for a snapshot. */
  snapshot: 2,
  sequenceGap: 3,
  disconnected: 4,
  overload: 5,
  workerRestart: 6,
  crossed: 7,
  malformed: 8,
  /** A book that is live. */
  exact: 9,
  silent: 10,
  refused: 11,
  /** A link that is live. */
  connected: 12,
  notTrading: 13,
  /** The venue's list of instruments does not have it. */
  notListed: 14,
  /** A book that is live and did not change for 15 s or more; and for 60 s or more. */
  unchanged15s: 15,
  unchanged60s: 16,
} as const
export type StatusReason = (typeof StatusReason)[keyof typeof StatusReason]

/** As clients read them. */
export const STATUS_REASON_NAMES = {
  [StatusReason.starting]: 'starting',
  [StatusReason.snapshot]: 'snapshot',
  [StatusReason.sequenceGap]: 'gap',
  [StatusReason.disconnected]: 'disconnected',
  [StatusReason.overload]: 'overload',
  [StatusReason.workerRestart]: 'worker_restart',
  [StatusReason.crossed]: 'crossed',
  [StatusReason.malformed]: 'malformed',
  [StatusReason.exact]: 'exact',
  [StatusReason.silent]: 'silent',
  [StatusReason.refused]: 'refused',
  [StatusReason.connected]: 'connected',
  [StatusReason.notTrading]: 'not_trading',
  [StatusReason.notListed]: 'not_listed',
  [StatusReason.unchanged15s]: 'unchanged_15s',
  [StatusReason.unchanged60s]: 'unchanged_60s',
} as const satisfies Record<ShownReason, string>
export type ShownReason = Exclude<StatusReason, typeof StatusReason.none>
