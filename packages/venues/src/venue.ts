// The one face of a venue. A venue is a folder of pure functions behind this interface: text and bytes in, requests and
// events out; no socket, no timer, no clock. ingest drives the connections, the l2-worker drives `DepthProtocol`.

import type { MarketSink } from '@tradelane/shared/market/market-events'
import type { Decimal, Feed, Instrument, MarketType, SubscribedKind, WallUs } from '@tradelane/shared/market/nouns'

export interface Venue {
  /** `binance`: also the name in settings (`L2_THROTTLE_BINANCE_MS`). */
  readonly id: string
  readonly l2ThrottleDefaultMs: number
  readonly products: readonly Product[]
}

export interface Product {
  /** `binance-futures`. */
  readonly id: string
  /** Exchange name on the wire. */
  readonly exchange: string
  readonly marketType: MarketType
  /** Live endpoints, without a trailing slash: `wss://fstream.binance.com`, `https://fapi.binance.com`. */
  readonly endpoints: { readonly ws: string; readonly rest: string }
  /** Path prefix at the simulator: `/binance-futures`. */
  readonly simulatorPrefix: string
  /** Kinds that can be subscribed, and those that are by default (WIRE §2). */
  readonly kinds: readonly SubscribedKind[]
  readonly defaultKinds: readonly SubscribedKind[]
  symbolOf(base: string, quote: string): string
  readonly keepalive: Keepalive
  readonly limits: ConnectionLimits
  /** Whether trade ids of one instrument are consecutive integers, so that a gap can be counted. */
  readonly tradeIds: 'contiguous' | 'opaque'
  /** Whether sizes are contracts: nothing is subscribed before their values are known. */
  readonly hasContracts?: boolean
  /** Splits streams into connections by the venue's routing and capacity rules. All `streams` are of one feed. */
  plan(feed: Feed, streams: readonly Subscription[], options: PlanOptions): readonly ConnectionPlan[]
  /** Requests that subscribe or unsubscribe these streams, batched by the venue's limits. `requestId` counts up from the given number. */
  subscribe(streams: readonly Subscription[], requestId: number, options: PlanOptions): readonly Request[]
  unsubscribe(streams: readonly Subscription[], requestId: number, options: PlanOptions): readonly Request[]
  /** Looks at bytes only. Fills `head`; never throws. */
  classify(frame: Buffer, instruments: SymbolIndex, head: FrameHead): FrameClass
  /** Reads acks, rejections, pongs and limitedLog. Never throws. */
  readControl(frame: Buffer): ControlFrame
  /** A decoder for one connection of the trade or state feed; it holds what the venue's merging rules need. */
  newDecoder(instruments: SymbolIndex, sink: MarketSink, sizes: Sizes): FrameDecoder
  readonly instruments: InstrumentsProtocol
  /** Present where open interest must be polled. */
  readonly openInterest?: OpenInterestProtocol
  readonly depth: DepthProtocol
}

export interface PlanOptions {
  readonly binanceFuturesTrades: 'aggTrade' | 'raw'
}

export interface Subscription {
  readonly kind: SubscribedKind
  readonly instrument: Instrument
}

/** One socket to open: `ws + path`. Streams already named in the path need no request. */
export interface ConnectionPlan {
  readonly path: string
  readonly subscriptions: readonly Subscription[]
}

export interface Request {
  /** As the venue echoes it. */
  readonly id: string
  readonly text: string
  readonly subscriptions: readonly Subscription[]
}

export type Keepalive =
  /** The venue pings; our library answers. Dead when no ping or frame came for `silenceMs`. */
  | { readonly kind: 'server-ping'; readonly silenceMs: number }
  /** We send `text(requestId)` after `afterMs` (since the last one, or of silence); dead without any frame for `silenceMs`. */
  | {
      readonly kind: 'client-text'
      readonly afterMs: number
      readonly when: 'always' | 'when-silent'
      readonly silenceMs: number
      text(requestId: number): string
    }

export interface ConnectionLimits {
  /** New connections allowed per window and IP. */
  readonly connectCount: number
  readonly connectWindowMs: number
  /** The venue ends a connection at this age; null where none is stated. */
  readonly lifetimeMs: number | null
  /** Least time between two control requests on one connection. */
  readonly requestSpacingMs: number
}

export const FrameClass = {
  /** Neither recognised nor well-formed enough to say. */
  malformed: 0,
  trade: 1,
  liquidation: 2,
  top: 3,
  openInterest: 4,
  depth: 5,
  /** Ack, rejection, pong, notice: see `readControl`. */
  control: 6,
  /** Recognised and of no use (other channels). */
  ignored: 7,
} as const
export type FrameClass = (typeof FrameClass)[keyof typeof FrameClass]

/** Filled by `classify`; one object per connection, reused. */
export interface FrameHead {
  frameClass: FrameClass
  /** The instrument of a depth frame; undefined where unknown or several. */
  instrument: Instrument | undefined
}

export type ControlFrame =
  | { readonly kind: 'ack'; readonly requestId: string }
  /** `topic` where the venue names the offending one. */
  | {
      readonly kind: 'rejected'
      readonly requestId: string | null
      readonly topic: string | null
      readonly reason: string
    }
  | { readonly kind: 'already-subscribed'; readonly topic: string | null }
  | { readonly kind: 'pong' }
  /** The venue will close this connection: open another now. */
  | { readonly kind: 'closing-soon' }
  | { readonly kind: 'other' }

export interface FrameDecoder {
  /** Decodes a frame of class trade, liquidation, top or openInterest into the sink. Returns the number of malformed events in it (a frame that does not parse counts as 1). Never throws on input. */
  decode(frame: Buffer, frameClass: FrameClass, receivedUs: WallUs): number
  /** After a (re)connection: nothing is inherited. */
  reset(connectedUs: WallUs): void
}

/** What a venue's size text becomes. Both are exact. */
export interface Sizes {
  /** In the unit that clients read. */
  onWire(instrument: Instrument, size: Decimal): Decimal
  inBase(instrument: Instrument, size: Decimal): Decimal
}

/** Finds an instrument by the bytes of its symbol without making a string. */
export interface SymbolIndex {
  /** `frame[start, end)` is the venue's spelling, as it is or in lower case. */
  at(frame: Buffer, start: number, end: number): Instrument | undefined
  of(symbol: string): Instrument | undefined
}

export interface RestRequest {
  /** Path and query, appended to the REST endpoint. */
  readonly path: string
  /** Request weight in the venue's own unit. */
  readonly weight: number
}

export interface InstrumentsProtocol {
  request(cursor: string | null): RestRequest
  /** Throws a plain Error with a readable message when the answer is not what the venue documents. */
  parse(body: string): { readonly listed: readonly ListedInstrument[]; readonly nextCursor: string | null }
}

export interface ListedInstrument {
  readonly symbol: string
  readonly isTrading: boolean
  /** Base currency per contract; `1` where sizes are in base. */
  readonly contractValue: Decimal
}

export interface OpenInterestProtocol {
  readonly intervalMs: number
  request(instrument: Instrument): RestRequest
  /** Returns false when malformed. */
  decode(body: Buffer, instrument: Instrument, receivedUs: WallUs, sink: MarketSink): boolean
}

export interface RestBudget {
  readonly weightPerMinute: number
  /** Response header with the weight used this minute, lower case; null where there is none. */
  readonly usedWeightHeader: string | null
  /** Statuses that mean: stop for this long. */
  readonly stopMs: Readonly<Record<number, number>>
}

/** How this product's order books are carried and chained. */
export interface DepthProtocol {
  /** `rest`: deltas are spliced onto a REST snapshot. `stream`: subscribing brings a snapshot. */
  readonly snapshotSource: 'rest' | 'stream'
  readonly budget: RestBudget
  /** Where `snapshotSource` is `rest`. */
  snapshotRequest?(instrument: Instrument): RestRequest
  /** Most levels a side that a REST snapshot shows. A side with as many may go on below; one with fewer is complete. */
  readonly snapshotLevelsMax?: number
  /** Decodes a stream frame or a REST answer. Returns false when malformed; never throws. */
  decode(frame: Buffer, source: 'stream' | 'rest', into: DepthFrame): boolean
  newChain(): DepthChain
}

/** A decoded depth frame. Levels are flat text pairs (price, amount, …) in the venue's order; amount zero deletes. Reused by its owner. */
export interface DepthFrame {
  type: 'snapshot' | 'delta'
  firstId: number
  lastId: number
  /** -1 where the venue sends none. */
  previousId: number
  /** What clients read as `sequence`: Binance `u`, Bybit `seq`, OKX `seqId`. */
  sequence: number
  /** Engine time, or null. */
  engineUs: WallUs | null
  /** Push time on the envelope; the frame's `time_exchange`. Null for REST answers without one. */
  venueUs: WallUs | null
  bids: string[]
  asks: string[]
}

export function newDepthFrame(): DepthFrame {
  return {
    type: 'delta',
    firstId: 0,
    lastId: 0,
    previousId: -1,
    sequence: 0,
    engineUs: null,
    venueUs: null,
    bids: [],
    asks: [],
  }
}

export const DepthVerdict = {
  /** Apply the delta to the book. */
  apply: 0,
  /** Empty the book and take this snapshot. */
  replace: 1,
  /** No book yet: keep a copy, to be offered again after the snapshot. */
  hold: 2,
  /** Already contained, or a heartbeat: ignore, the book stays as it is. */
  skip: 3,
  /** Sequence gap: the book is stale and needs a resync; the chain has reset itself. */
  gap: 4,
  /** The snapshot is older than the first held delta: fetch another; held deltas stay. */
  snapshotTooOld: 5,
} as const
export type DepthVerdict = (typeof DepthVerdict)[keyof typeof DepthVerdict]

/** The venue's sequence rule for one book: a pure state machine. After `replace`, held deltas are offered again, in order. */
export interface DepthChain {
  offer(frame: DepthFrame): DepthVerdict
  /** The connection was lost or the book was dropped. */
  reset(): void
}
