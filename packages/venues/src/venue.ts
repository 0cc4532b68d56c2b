// The interface every venue implements. A venue is a folder of pure functions: text and bytes in, requests and events out; no
// socket, no timer, no clock. Ingest uses all of it but the depth frames and chains, which L2 workers use.

import type { MarketSink, StateSink } from '@tradelane/shared/market/market-events'
import type {
  Decimal,
  Feed,
  Instrument,
  MarketType,
  MonotonicUs,
  SubscribedKind,
  WallUs,
} from '@tradelane/shared/market/nouns'
import type { SampleFrames } from './sample-frames.js'

export interface Venue {
  /** `binance`: also the name in settings (`L2_THROTTLE_BINANCE_MS`). */
  readonly id: string
  readonly l2ThrottleDefaultMs: number
  /** What can be set for this venue alone. Only its products know what the values mean. */
  readonly settings: readonly VenueSetting[]
  readonly products: readonly Product[]
}

export interface VenueSetting {
  /** Environment variable, unique among all settings; the flag is the same in kebab case. */
  readonly name: string
  /** One sentence, for the table of settings. */
  readonly about: string
  readonly accepted: readonly [string, ...string[]]
  readonly fallback: string
}

/** The values of all venues' own settings, by name. */
export type VenueSettings = Readonly<Record<string, string>>

export interface Product {
  /** `binance-futures`. */
  readonly id: string
  /** Exchange name on the wire. */
  readonly exchange: string
  readonly marketType: MarketType
  /** Live endpoints, without a trailing slash: `wss://fstream.binance.com`, `https://fapi.binance.com`. */
  readonly endpoints: { readonly ws: string; readonly rest: string }
  /** By region: hosts that the venue documents for its clients there, where they are others. */
  readonly regionalEndpoints?: Readonly<Record<string, Partial<Product['endpoints']>>>
  /** Path prefix at the simulator: `/binance-futures`. */
  readonly simulatorPrefix: string
  /** Kinds that can be subscribed. */
  readonly kinds: readonly SubscribedKind[]
  /** Kinds that are subscribed where the settings name none. */
  readonly defaultKinds: readonly SubscribedKind[]
  symbolOf(base: string, quote: string): string
  readonly keepalive: Keepalive
  readonly limits: ConnectionLimits
  tradeIdRule(settings: VenueSettings): TradeIdRule
  /** Whether one subscription covers the liquidations of all instruments: `classify` finds none in their frames. */
  readonly areLiquidationsShared?: boolean
  /** Kinds of which a frame follows each subscription, whatever the market does. */
  readonly firstFrameKinds: readonly SubscribedKind[]
  /** The venue sends a frame of such a kind at least so often, also when nothing changes. */
  readonly heartbeatMs?: Partial<Readonly<Record<SubscribedKind, number>>>
  /** Whether sizes are contracts. Then nothing is subscribed before the contract values are known. */
  readonly hasContracts?: boolean
  /** Splits subscriptions, all of one feed, into connections by the venue's routing and capacity rules. */
  plan(feed: Feed, subscriptions: readonly Subscription[], settings: VenueSettings): readonly ConnectionPlan[]
  /** Requests batched by the venue's limits. Their ids count up from `requestId`. */
  subscribe(subscriptions: readonly Subscription[], requestId: number, settings: VenueSettings): readonly Request[]
  unsubscribe(subscriptions: readonly Subscription[], requestId: number, settings: VenueSettings): readonly Request[]
  /**
   * Fills `head`; never throws. Looks at the first bytes, without making a string or parsing; only a frame with other white
   * space, order of keys or escapes than the venue sends is parsed, and means the same.
   */
  classify(frame: Buffer, instruments: SymbolIndex, head: ClassifiedHead): FrameClass
  /** Reads acks, rejections, pongs and notices. Never throws. */
  readControl(frame: Buffer): ControlFrame
  /** For one durable connection of the trade or state feed. It keeps what the venue's merging rules need. */
  newDecoder(instruments: SymbolIndex, sink: MarketSink, sizes: Sizes): FrameDecoder
  readonly instruments: InstrumentsProtocol
  /** Present where open interest must be polled. */
  readonly openInterest?: OpenInterestProtocol
  readonly depth: DepthProtocol
  /** Of its data frames: any other field is a sign that the venue changed. */
  readonly frameFields: FieldsByClass
  /** For warming up; see `sample-frames.ts`. */
  readonly sampleFrames: SampleFrames
}

/** What the trade ids of one instrument prove. */
export type TradeIdRule =
  /** Integers that count up by one: a gap can be counted. */
  | 'contiguous'
  /** Integers that count up, some of which are never sent: a missing one proves nothing. */
  | 'ascending'
  /** Texts, equal for the same trade. */
  | 'opaque'

export interface Subscription {
  readonly kind: SubscribedKind
  readonly instrument: Instrument
}

/** One socket to open, at `ws + path`, and what to subscribe on it. */
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
  /** The venue pings; the socket library answers. Lost when no ping or frame came for `silenceMs`. */
  | { readonly kind: 'server-ping'; readonly silenceMs: number }
  /** The client sends `text(requestId)` every `afterMs`, or after that much silence; lost without any frame for `silenceMs`. */
  | {
      readonly kind: 'client-text'
      readonly afterMs: number
      readonly when: 'always' | 'when-silent'
      readonly silenceMs: number
      text(requestId: number): string
    }

export interface ConnectionLimits {
  /** What the venue counts and refuses new connections by: products with the same name share one budget and one pause. */
  readonly host: string
  /** New connections allowed per window, address and host. */
  readonly connectCount: number
  readonly connectWindowMs: number
  /** The venue ends a connection at this age; null where none is stated. */
  readonly lifetimeMs: number | null
  /** Minimum interval between two requests on one connection. */
  readonly requestSpacingMs: number
  /** Subscriptions and unsubscriptions allowed an hour and connection; null where none is stated. */
  readonly operationsPerHour: number | null
}

export const FrameClass = {
  /** Not recognized, or not well-formed. */
  malformed: 0,
  trade: 1,
  liquidation: 2,
  top: 3,
  openInterest: 4,
  depth: 5,
  /** Ack, rejection, pong, notice: see `readControl`. */
  control: 6,
  /** Recognized but not used: other channels. */
  ignored: 7,
} as const
export type FrameClass = (typeof FrameClass)[keyof typeof FrameClass]

/** See `frame-fields.ts`. */
export interface FrameFields {
  readonly known: ReadonlySet<string>
  /** No two frames have the same, seconds apart, whatever the market does: times and ids. */
  readonly changing: ReadonlySet<string>
}

export type FieldsByClass = Partial<Readonly<Record<FrameClass, FrameFields>>>

/** Filled by `classify`; one object per connection, reused. */
export interface FrameHead {
  frameClass: FrameClass
  /** The one instrument of the frame; undefined where it is unknown, or where the frame may be of several. */
  instrument: Instrument | undefined
}

export interface ClassifiedHead extends FrameHead {
  /** The bytes alone did not show it. */
  wasParsed: boolean
}

/** Why a venue refuses something. Only `does-not-exist` is final: all others are tried again, after a pause of their class. */
export type RefusalClass =
  | 'does-not-exist'
  /** Rate limits: 429 and the venues' own codes. */
  | 'too-often'
  /** 403: a firewall, or a rate limit of Bybit. */
  | 'forbidden'
  /** 418. */
  | 'banned'
  /** 451: not served where we are. */
  | 'unlawful'
  /** 5xx and the venues' own codes: they fail, not we. */
  | 'fault'
  /** Anything else. */
  | 'not-accepted'

export type ControlFrame =
  | { readonly kind: 'ack'; readonly requestId: string }
  /** `topic`: where the venue names the rejected one. */
  | {
      readonly kind: 'rejected'
      readonly requestId: string | null
      readonly topic: string | null
      readonly refusalClass: RefusalClass
      readonly reason: string
    }
  | { readonly kind: 'already-subscribed'; readonly topic: string | null }
  | { readonly kind: 'pong' }
  /** The venue will close this connection: open another now. */
  | { readonly kind: 'closing-soon' }
  | { readonly kind: 'other' }

export interface FrameDecoder {
  /** The last frame was one of trades or tops that is not in the form which is decoded by bytes. */
  readonly wasParsed: boolean
  /**
   * Decodes a frame of class trade, liquidation, top or openInterest into the sink. Returns the number of malformed events; a
   * frame that does not parse is one. In a frame of several trades or liquidations each malformed one is reported in its place
   * (`MarketSink.missed`). Never throws on input.
   */
  decode(frame: Buffer, frameClass: FrameClass, receivedUs: MonotonicUs): number
  /** Before the frames of each new connection. `isSeamless`: it was up before the old one ended; else what was merged is forgotten. */
  onConnected(atUs: MonotonicUs, isSeamless: boolean): void
  /**
   * Present where an event may be held until a later one explains it: publishes what is held. Called some time after everything
   * is subscribed, and when the connection is lost.
   */
  release?(): void
}

/** Converts a venue's size text, exactly. */
export interface Sizes {
  /** In the unit that clients read. */
  onWire(instrument: Instrument, size: Decimal): Decimal
  inBase(instrument: Instrument, size: Decimal): Decimal
}

/** Finds an instrument by the bytes of its symbol, without making a string. */
export interface SymbolIndex {
  /** `frame[start, end)` is the venue's spelling, or that in lower case. */
  at(frame: Buffer, start: number, end: number): Instrument | undefined
  /** The same of a text. */
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
  /** Throws a plain Error with a readable message when the answer is not as the venue documents it. */
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
  /** False when malformed. */
  decode(body: Buffer, instrument: Instrument, receivedUs: MonotonicUs, states: StateSink): boolean
}

export interface RestBudget {
  /** What the venue counts weights and refuses requests by: products with the same name share one budget and one pause. */
  readonly host: string
  readonly weightPerMinute: number
  /** Response header with the weight used this minute, lower case; null where there is none. */
  readonly usedWeightHeader: string | null
  /** HTTP statuses after which the venue wants no request for at least this long. */
  readonly stopMs: Readonly<Record<number, number>>
  /** By the text of an answer that is no success, or shorter than a kibibyte; null where it does not tell. Never throws. */
  refusalOf(text: string): RefusalClass | null
}

/** How this product's order books are transported and how their frames chain. */
export interface DepthProtocol {
  /** `rest`: deltas continue a REST snapshot. `stream`: a snapshot follows the subscription on the socket. */
  readonly snapshotSource: 'rest' | 'stream'
  readonly budget: RestBudget
  /** Where `snapshotSource` is `rest`. */
  snapshotRequest?(instrument: Instrument): RestRequest
  /** Most levels per side in a REST snapshot. A side with that many may be cut off; one with fewer is complete. */
  readonly snapshotLevelsMax?: number
  /** Of the longest snapshot, wherever it comes from: so large a frame has to fit the depth ring. */
  readonly snapshotBytesMax: number
  /** Decodes a frame of the socket or a REST answer. False when malformed; never throws. */
  decode(frame: Buffer, source: 'stream' | 'rest', into: DepthFrame): boolean
  newChain(): DepthChain
}

/**
 * A decoded depth frame. Levels are flat text pairs (price, amount, …) in the venue's order; amount zero deletes. Reused by
 * its owner.
 */
export interface DepthFrame {
  type: 'snapshot' | 'delta'
  firstId: number
  lastId: number
  /** -1 where the venue sends none. */
  previousId: number
  /** What clients read as `sequence`. */
  sequence: number
  /** Engine time, or null. */
  engineUs: WallUs | null
  /** When the venue sent it: the frame's `time_exchange`. Null for REST answers without a time. */
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
  /** No book yet: keep the delta and offer it again after the snapshot. */
  hold: 2,
  /** Already contained, or a heartbeat: the book does not change. */
  skip: 3,
  /** Sequence gap: the book is stale and needs a resync; the chain has reset itself. */
  gap: 4,
  /** The snapshot is older than the first held delta: fetch another; held deltas stay. */
  snapshotTooOld: 5,
} as const
export type DepthVerdict = (typeof DepthVerdict)[keyof typeof DepthVerdict]

/** The venue's sequence rule for one book, a pure state machine. After `replace`, held deltas are offered again, in order. */
export interface DepthChain {
  offer(frame: DepthFrame): DepthVerdict
  /**
   * A connection that overlapped the one before took over. Its frames may begin with some that the chain has, a snapshot among
   * them: they are skipped, and the first that is new continues the chain.
   */
  handOver(): void
  /** The connection was lost or the book was dropped. */
  reset(): void
}
