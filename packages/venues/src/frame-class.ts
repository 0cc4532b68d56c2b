// What a frame of a venue's socket is, as its bytes show it.

import type { Instrument } from '@tradelane/shared/market/nouns'

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
