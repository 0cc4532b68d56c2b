// What receives the frames of a connection: a feed, or `HeldFrames` while the connection is a successor. A feed receives those of
// a durable connection.

import type { MonotonicUs, StatusReason } from '@tradelane/shared/market/nouns'
import type { FrameHead } from '@tradelane/venues/frame-class'
import type { Subscription } from '@tradelane/venues/venue'

export interface FrameReceiver {
  /** `frame`, its bytes, and `head` are valid during the call only. */
  onFrame(frame: Buffer, head: FrameHead, receivedUs: MonotonicUs): void
  /** After the frames of one chunk of bytes, on book connections only. */
  onChunkEnd?(): void
}

/** A feed: receives the frames of whatever connection a durable connection has in use. */
export interface ConnectionReceiver extends FrameReceiver {
  /** Before the frames of a new connection. `isSeamless`: the old one was closed after this one was up. */
  onUp(isSeamless: boolean): void
  /** Every subscription of the connection was acknowledged or is in `refused`: from now on nothing of the others is missed. */
  onSettled?(refused: ReadonlySet<Subscription>): void
  onDown(reason: StatusReason): void
}
