// What a simulated product consists of: its protocol on sockets, its REST paths, its market (driven by the model), and the
// reader of its captured frames (the other source). A folder per venue implements this for each of its products.
import type { Clock, VenueTimers } from './clock.js'
import type { Connection } from './connection/connection.js'
import type { Feed, TopicDirectory, Topics } from './connection/topics.js'
import type { MarketJournal } from './journal.js'
import type { InstrumentPair, InstrumentSpec } from './market/instrument-spec.js'
import type { ListingState } from './market/listing-state.js'
import type { Sends } from './sending/sends.js'

export interface Dialect {
  /** The product's name in journal and captures, and the path prefix where `prefix` names none. */
  readonly product: string
  /** Common to the products that share one host of the venue: they have one protocol and one REST side. */
  readonly prefix?: string
  /** The name in captures, where they name the venue only; each of its products then takes its own frames. */
  readonly captureVenue?: string
  createMarket(context: MarketContext): Market
  createProtocol(topics: TopicDirectory, context: ProtocolContext): Protocol
  createRest(source: RestSource, clock: Clock): RestHandler
  /** Undefined for frames of no topic (acknowledgements, pongs). */
  readCapture(raw: string): CapturedFrame | undefined
  /** Whether a recorded REST answer belongs to this product; absent where captures name the product. */
  takesCapturedAnswer?(url: URL): boolean
  /** An instrument of a capture without an instrument list, by its symbol. */
  captureSpec(symbol: string): InstrumentSpec
}

export interface MarketContext {
  readonly pairs: readonly InstrumentPair[]
  readonly seed: number
  readonly clock: Clock
  readonly journal: MarketJournal | undefined
  readonly sends: Sends
  /** Whether books repeat some changes, so that their deltas can be encoded beforehand. */
  readonly hasCyclicBooks: boolean
  /** The venue's long timers run this many times faster. */
  readonly timeScale: number
}

/** The market of one product. Instruments are named by their index in `pairs`; times are the scheduled hrtime in µs. */
export interface Market extends RestSource {
  readonly topics: Topics
  readonly instrumentCount: number
  readonly hasTickers: boolean
  readonly hasLiquidations: boolean
  trade(instrument: number, count: number, atUs: number): void
  quote(instrument: number, atUs: number): void
  delta(instrument: number, atUs: number): void
  liquidation(instrument: number, atUs: number): void
  ticker(instrument: number, atUs: number): void
  /** Called some times a second: publishes what venues repeat without a change. */
  repeat(atUs: number): void
}

/** Bodies of REST answers; undefined for an unknown symbol. */
export interface RestSource {
  listed(): readonly InstrumentSpec[]
  book(symbol: string, levelCountMax: number): string | undefined
  openInterest(symbol: string): string | undefined
  /** What the list says of it; undefined: it is not on the list. Absent where all trade. */
  stateOf?(symbol: string): ListingState | undefined
  /** A recorded instrument list, answered unchanged; `list` is the venue's name of it where it has several. */
  recordedInstruments?(list?: string): string | undefined
}

export interface ProtocolContext {
  readonly clock: Clock
  readonly timers: VenueTimers
  readonly seed: number
  /** The venue's long timers run this many times faster. */
  readonly timeScale: number
}

export interface Protocol {
  /** Whether the venue serves sockets at this path, below the product's prefix. */
  serves(path: string): boolean
  open(connection: Connection, path: string, query: URLSearchParams): void
  receive(connection: Connection, text: string): void
}

export interface RestAnswer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** Undefined for a path that the venue does not have. */
export type RestHandler = (path: string, query: URLSearchParams) => RestAnswer | undefined

export interface CapturedFrame {
  /** The topics whose subscribers get this frame. */
  readonly topics: readonly CapturedTopic[]
  /** Whether the frame is part of a chain, of which a later subscriber needs all from the last `complete` frame on. */
  readonly chain: 'none' | 'complete' | 'change'
  readonly symbol: string
}

export interface CapturedTopic {
  readonly name: string
  readonly feed: Feed
  /** As of a `Topic`. */
  readonly route: string
  /** The frame as that topic's subscribers get it. */
  readonly text: string
}
