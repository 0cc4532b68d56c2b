// The receiver that a connection was assigned: all that is between a connection and the publishers.

import type { MonotonicUs, StatusReason } from '@tradelane/shared/market/nouns'
import type { FrameHead, Subscription } from '@tradelane/venues/venue'

export interface FrameReceiver {
  /** `frame` is the receiver's; `head` is valid during the call only. */
  onFrame(frame: Buffer, head: FrameHead, receivedUs: MonotonicUs): void
  /** After the frames of one chunk of bytes, on book connections only. */
  onChunkEnd?(): void
}

/** A feed, which receives the connections of one durable connection, one after another. */
export interface ConnectionReceiver extends FrameReceiver {
  /** Before the frames of a new connection. `isSeamless`: the old one was closed after this one was up. */
  onUp(isSeamless: boolean): void
  /** Every subscription of the connection was acknowledged or is in `refused`: from here on nothing of the others is missed. */
  onSettled?(refused: ReadonlySet<Subscription>): void
  onDown(reason: StatusReason): void
}
