// Sequence and times of the last frame in a book: what its emission carries beside the levels.

import type { WallUs } from '@tradelane/shared/market/nouns'
import type { DepthFrame } from '@tradelane/venues/venue'

export class BookStamp {
  sequence = 0
  engineUs: WallUs | null = null
  venueUs = 0 as WallUs
  receivedUs = 0 as WallUs

  take(frame: DepthFrame, receivedUs: WallUs): void {
    this.sequence = frame.sequence
    this.engineUs = frame.engineUs
    // A REST answer may come without a time of its own.
    this.venueUs = frame.venueUs ?? frame.engineUs ?? receivedUs
    this.receivedUs = receivedUs
  }
}
