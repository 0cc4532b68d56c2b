// The frames that the gateway makes itself: welcome, gaps of a slow or resuming client, and the status of books and links.
// Plain objects with a `type`, encoded on demand; they are rare. Existing clients ignore all but the welcome.

import {
  CellStatus,
  type Instrument,
  KIND_NAMES,
  type Kind,
  type ShownReason,
  type ShownStatus,
  STATUS_REASON_NAMES,
} from '../market/nouns.js'
import { asciiJson } from './ascii-json.js'
import { packKept } from './msgpack.js'
import { isoUs } from './timestamps.js'

export type ServerFrame = WelcomeFrame | GapFrame | StatusFrame

/** Its first three keys come in this order, without spaces: clients recognize the frame by these bytes. */
interface WelcomeFrame {
  readonly message: string
  readonly timestamp: string
  readonly type: 'welcome'
  readonly stream: string
  readonly seq: number
  readonly version: string
}

export interface GapFrame {
  readonly type: 'gap'
  readonly lane: 'trades'
  readonly reason: 'overrun' | 'restart' | 'bad_since'
  readonly stream: string
  readonly from: number | null
  readonly to: number | null
  readonly missed: number | null
}

/** Only market events have a top-level `kind`: existing scripts count frames by it. */
interface StatusFrame {
  readonly type: 'status'
  readonly product: string
  readonly exchange: string
  readonly instrument: { readonly base: string; readonly quote: string; readonly kind: string } | null
  readonly of: string
  readonly state: 'live' | 'stale' | 'down'
  readonly since: string
  readonly reason: string
}

export function serverFrameJson(frame: ServerFrame): string {
  return asciiJson(frame)
}

/** The caller may keep the bytes. */
export function serverFramePacked(frame: ServerFrame): Uint8Array {
  return packKept(frame)
}

/** `sequence` is the newest of the trade log at the time of the connect. */
export function welcomeFrame(options: {
  wallUs: number
  stream: string
  sequence: number
  version: string
}): WelcomeFrame {
  return {
    message: 'Connected to barter-data market feed',
    timestamp: isoUs(options.wallUs),
    type: 'welcome',
    stream: options.stream,
    seq: options.sequence,
    version: options.version,
  }
}

/** The log overtook this client: records `from` to `to`, both included, counted before its filter. */
export function overrunGapFrame(stream: string, from: number, to: number): GapFrame {
  return { type: 'gap', lane: 'trades', reason: 'overrun', stream, from, to, missed: to - from + 1 }
}

/** The client asked to resume another stream, or a sequence that this one has not reached: what it missed is unknown. */
export function restartGapFrame(stream: string): GapFrame {
  return { type: 'gap', lane: 'trades', reason: 'restart', stream, from: null, to: null, missed: null }
}

/** Where to resume cannot be parsed: what the client missed is unknown. */
export function badSinceGapFrame(stream: string): GapFrame {
  return { type: 'gap', lane: 'trades', reason: 'bad_since', stream, from: null, to: null, missed: null }
}

/** `instrument` is null in the status of a link; `about` is the kind that the link is of. */
export function statusFrame(options: {
  product: string
  exchange: string
  instrument: Instrument | null
  about: Kind
  status: ShownStatus
  reason: ShownReason
  sinceUs: number
}): StatusFrame {
  const { instrument } = options
  return {
    type: 'status',
    product: options.product,
    exchange: options.exchange,
    instrument: instrument && { base: instrument.base, quote: instrument.quote, kind: instrument.marketType },
    of: KIND_NAMES[options.about],
    state: STATE_NAMES[options.status],
    since: isoUs(options.sinceUs),
    reason: STATUS_REASON_NAMES[options.reason],
  }
}

const STATE_NAMES = {
  [CellStatus.live]: 'live',
  [CellStatus.stale]: 'stale',
  [CellStatus.down]: 'down',
} as const satisfies Record<ShownStatus, StatusFrame['state']>
