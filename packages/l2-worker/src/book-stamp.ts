// Sequence and times of the last frame in a book: what its emission carries beside the levels.

import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'
import type { DepthFrame } from '@tradelane/venues/venue'

export class BookStamp {
  sequence = 0
  engineUs: WallUs | null = null
  /** Null where the frame has no time: clients read the time of receipt instead. */
  venueUs: WallUs | null = null
  receivedUs = 0 as MonotonicUs

  take(frame: DepthFrame, receivedUs: MonotonicUs): void {
    this.sequence = frame.sequence
    this.engineUs = frame.engineUs
    this.venueUs = frame.venueUs ?? frame.engineUs
    this.receivedUs = receivedUs
  }
}
