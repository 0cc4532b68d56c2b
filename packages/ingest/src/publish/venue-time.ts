// What a venue's clock shows, from the times of its own trades: the bounds of a gap are compared with the times of events, and
// this machine's clock may differ from the venue's, or step. Hot path.

import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'

/** The best estimate of this window and the one before counts, so that a clock of the venue that is set back is followed. */
const WINDOW_US = 60_000_000

/** The least delay so far may be longer by this than that of an event which comes next. */
export const DELAY_DIFFERENCE_US_MAX = 1_000_000

/** Of one product. */
export class VenueTime {
  /** From the monotonic clock to the venue's: the largest, which is that of the trade that came with the least delay. */
  #offsetUs = Number.NEGATIVE_INFINITY
  #lastOffsetUs = Number.NEGATIVE_INFINITY
  #windowEndUs = Number.NEGATIVE_INFINITY

  /** A trade with the venue's time `venueUs` came. */
  heard(venueUs: WallUs, receivedUs: MonotonicUs): void {
    if (receivedUs >= this.#windowEndUs) {
      // Also after a long pause: its estimate is the only one there is.
      this.#lastOffsetUs = this.#offsetUs
      this.#offsetUs = Number.NEGATIVE_INFINITY
      this.#windowEndUs = receivedUs + WINDOW_US
    }
    const offsetUs = venueUs - receivedUs
    if (offsetUs > this.#offsetUs) this.#offsetUs = offsetUs
  }

  /** Not later than what the venue's clock showed then: earlier by the least delay of a trade. Undefined before the first trade. */
  earliestAt(atUs: MonotonicUs): WallUs | undefined {
    const offsetUs = Math.max(this.#offsetUs, this.#lastOffsetUs)
    return Number.isFinite(offsetUs) ? (Math.floor(atUs + offsetUs) as WallUs) : undefined
  }

  /** When the venue's clock showed this, or a little later. Undefined before the first trade. */
  stampOf(venueUs: WallUs): MonotonicUs | undefined {
    const offsetUs = Math.max(this.#offsetUs, this.#lastOffsetUs)
    return Number.isFinite(offsetUs) ? ((venueUs - offsetUs) as MonotonicUs) : undefined
  }

  /** No earlier than the time of anything that came until then, if no trade is delayed by so much less than those before. */
  latestAt(atUs: MonotonicUs): WallUs | undefined {
    const earliestUs = this.earliestAt(atUs)
    return earliestUs === undefined ? undefined : ((earliestUs + DELAY_DIFFERENCE_US_MAX) as WallUs)
  }
}
