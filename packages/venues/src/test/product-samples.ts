// What the contract suite needs for a product: frames as its venue documents them, and what they mean. Written from the venues'
// manuals, not from the decoders; all values are made up.

import type { LiquidationEvent, OpenInterestEvent, TopEvent, TradeEvent } from '@tradelane/shared/market/market-events'
import type { Decimal, SubscribedKind, WallUs } from '@tradelane/shared/market/nouns'
import type { DepthVerdict } from '../depth-protocol.js'
import type { FrameClass } from '../frame-class.js'
import type { ListedInstrument } from '../rest-protocol.js'
import type { ControlFrame, Product } from '../venue.js'

/** An event with its instrument named by the venue's symbol, and values without their brands. */
type SampleEvent<Event> = { readonly symbol: string } & Plain<Omit<Event, 'instrument' | 'receivedUs'>>
type Plain<Event> = { readonly [Field in keyof Event]: Unbranded<Event[Field]> }
type Unbranded<Value> = Value extends Decimal ? string : Value extends WallUs ? number : Value

export interface SampleEvents {
  readonly trades?: readonly SampleEvent<TradeEvent>[]
  readonly liquidations?: readonly SampleEvent<LiquidationEvent>[]
  readonly tops?: readonly SampleEvent<TopEvent>[]
  readonly openInterests?: readonly SampleEvent<OpenInterestEvent>[]
}

export interface FrameSample {
  readonly what: string
  readonly raw: string
  readonly frameClass: FrameClass
  readonly events: SampleEvents
  /** Malformed events in it; 0 where absent. */
  readonly malformed?: number
}

export interface DepthSample {
  readonly what: string
  readonly raw: string
  readonly source?: 'stream' | 'rest'
  readonly verdict: DepthVerdict
  readonly sequence: number
  /** As `[price, amount, …]`; unchecked where absent. */
  readonly bids?: readonly string[]
  readonly asks?: readonly string[]
  readonly engineUs?: number | null
  readonly venueUs?: number | null
}

export interface ProductSamples {
  readonly product: Product
  /** Base, quote and the venue's spelling. The first two are subscribed; the frames below are of the first. */
  readonly spellings: readonly (readonly [base: string, quote: string, symbol: string])[]
  readonly contractValue: string
  /** By kind: the path of its connection, and its request with id 7. */
  readonly subscriptions: readonly (readonly [kind: SubscribedKind, path: string, text: string])[]
  readonly argsPerRequestMax: number
  readonly argsCharsPerConnectionMax: number
  readonly subscriptionsPerConnectionMax: number
  readonly control: readonly (readonly [raw: string, expected: ControlFrame])[]
  readonly frames: readonly FrameSample[]
  readonly ignored: readonly string[]
  /** In the order of a connection; each is offered to the chain. */
  readonly depth: readonly DepthSample[]
  readonly instruments: { readonly path: string; readonly body: string; readonly listed: readonly ListedInstrument[] }
}
