// What a simulated venue product consists of: its protocol on sockets, its REST paths, its market (the source that the model
// drives) and how a captured frame of it is read (the other source). A folder per venue implements this, for each of its
// products.
import type { Clock } from './clock.js'
import type { Connection } from './connection.js'
import type { Journal } from './journal.js'
import type { Lateness } from './lateness.js'
import type { InstrumentPair, InstrumentSpec } from './market/instrument-spec.js'
import type { TopicDirectory, Topics } from './topics.js'

export interface Dialect {
  /** The product's name in journal and captures, and the path prefix where `prefix` names none. */
  readonly product: string
  /** Of the host that it shares with other products of the venue: they have one protocol and one REST side. */
  readonly prefix?: string
  /** The name that captures know its frames by, where they tell only the venue; each of its products then takes its own. */
  readonly captureVenue?: string
  createMarket(context: MarketContext): Market
  createProtocol(topics: TopicDirectory, context: ProtocolContext): Protocol
  createRest(source: RestSource, clock: Clock): RestHandler
  /** Undefined for frames that belong to no topic (acks, pongs). */
  readCapture(raw: string): CapturedFrame | undefined
  /** Whether a recorded REST answer is this product's; absent where captures name the product. */
  takesCapturedAnswer?(url: URL): boolean
  /** Instruments of a capture that holds no instrument list, by the symbols seen in it. */
  captureSpec(symbol: string): InstrumentSpec
}

export interface MarketContext {
  readonly pairs: readonly InstrumentPair[]
  readonly seed: number
  readonly clock: Clock
  readonly journal: Journal | undefined
  readonly lateness: Lateness
  /** Books repeat some changes for ever, so that their deltas can be encoded beforehand; default false. */
  readonly hasCyclicBooks?: boolean
  /** The venue's long timers run this many times faster. */
  readonly timeScale: number
}

/** The market of one product; instruments by their index in `pairs`, times in hrtime µs as scheduled. */
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
  /** Some times a second: what venues repeat without a change. */
  repeat(atUs: number): void
}

/** Bodies for REST answers; undefined where the symbol is not known. */
export interface RestSource {
  listed(): readonly InstrumentSpec[]
  book(symbol: string, levelCountMax: number): string | undefined
  openInterest(symbol: string): string | undefined
  /** A recorded instrument list, answered as it stands; `list` is the venue's name of it where it has several. */
  recordedInstruments?(list?: string): string | undefined
}

export interface ProtocolContext {
  readonly clock: Clock
  readonly seed: number
  /** The venue's long timers run this many times faster. */
  readonly timeScale: number
}

export interface Protocol {
  /** Whether the venue serves sockets at this path (below the product's prefix). */
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
  /** The topics under which subscribers get this frame. */
  readonly topics: readonly CapturedTopic[]
  /** A later subscriber needs the frames from the last `complete` one on: the frame is part of a chain. */
  readonly chain: 'none' | 'complete' | 'change'
  readonly symbol: string
}

export interface CapturedTopic {
  readonly name: string
  readonly feed: 'trade' | 'state' | 'book'
  readonly route: string
  /** The frame as that topic's subscribers get it. */
  readonly text: string
}
