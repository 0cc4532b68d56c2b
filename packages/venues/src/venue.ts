// The interface every venue implements; `depth-protocol.ts` and `rest-protocol.ts` have its parts for books and REST. A venue is
// a folder of pure functions: text and bytes in, requests and events out; no socket, no timer, no clock. Ingest uses all of it
// but the depth frames and chains, which L2 workers use.

import type { MarketSink } from '@tradelane/shared/market/market-events'
import type { Decimal, Feed, Instrument, MarketType, MonotonicUs, SubscribedKind } from '@tradelane/shared/market/nouns'
import type { DepthProtocol } from './depth-protocol.js'
import type { ClassifiedHead, FieldsByClass, FrameClass } from './frame-class.js'
import type { RefusalClass } from './refusal-class.js'
import type { InstrumentsProtocol, OpenInterestProtocol } from './rest-protocol.js'
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
  | { readonly kind: 'already-subscribed'; readonly requestId: string | null; readonly topic: string | null }
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
