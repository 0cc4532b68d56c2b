// Sequence and times of the last frame in a book, and how old the book is: what its emission carries beside the levels.

import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import type { DepthFrame } from '@tradelane/venues/depth-protocol'

export class BookStamp {
  sequence = DOUBLE_ZERO
  engineUs: WallUs | null = null
  /** Null where the frame has no time: clients read the time of receipt instead. */
  venueUs: WallUs | null = null
  receivedUs = DOUBLE_ZERO as MonotonicUs
  /** Receipt of the last frame with levels in it. */
  changedUs = DOUBLE_ZERO as MonotonicUs
  /** Receipt of the last frame of its chain, whether it changed anything or not. */
  confirmedUs = DOUBLE_ZERO as MonotonicUs

  take(frame: DepthFrame, receivedUs: MonotonicUs): void {
    this.sequence = frame.sequence
    this.engineUs = frame.engineUs
    this.venueUs = frame.venueUs ?? frame.engineUs
    this.receivedUs = receivedUs
    this.confirmedUs = receivedUs
    if (frame.type === 'snapshot' || frame.bids.length + frame.asks.length > 0) this.changedUs = receivedUs
  }

  /** A heartbeat, or a frame that the book has already. */
  confirm(receivedUs: MonotonicUs): void {
    if (receivedUs > this.confirmedUs) this.confirmedUs = receivedUs
  }
}
