// What a venue's clock shows, from the times of its own trades: the bounds of a gap are compared with the times of events, and
// this machine's clock may differ from the venue's, or step. Hot path.
//
// One wrong time moves the estimate by at most a second. What is further ahead is a step of the venue's clock, if nothing else comes
// for a second. The first three chunks vote.

import assert from 'node:assert/strict'
import type { MonotonicUs, WallUs } from '@tradelane/shared/market/nouns'

/** The best estimate of this window and the one before counts, so that a clock of the venue that is set back is followed. */
const WINDOW_US = 60_000_000

/** The least delay so far may be longer by this than that of an event which comes next. */
export const DELAY_DIFFERENCE_US_MAX = 1_000_000

/** Chunks by which the estimate begins. */
const FIRST_CHUNKS = 3
/** So many chunks over so long, and nothing else between them, prove that the venue's clock stepped forward. */
const STEP_CHUNKS_MIN = 3
const STEP_US_MIN = 1_000_000

/** Of one product. */
export class VenueTime {
  /** From the monotonic clock to the venue's: the largest, which is that of the trade that came with the least delay. */
  #offsetUs = Number.NEGATIVE_INFINITY
  #lastOffsetUs = Number.NEGATIVE_INFINITY
  #windowEndUs = Number.POSITIVE_INFINITY
  /** A single trade moves the offset up to here in this window. */
  #offsetUsMax = Number.NEGATIVE_INFINITY
  /** A larger offset is looked at: `#offsetUs`, or every one while there is something to find out. */
  #watchedUs = Number.NEGATIVE_INFINITY
  /** Of the first chunks; undefined when these have voted. */
  #first: number[] | undefined = []
  /** Since the clock may have stepped: how many chunks, since when, and the least offset. */
  #stepChunks = 0
  #stepSinceUs = 0
  #stepOffsetUs = 0
  /** When the last chunk came of those that are counted. */
  #countedUs = Number.NaN

  /** A trade with the venue's time `venueUs` came. */
  heard(venueUs: WallUs, receivedUs: MonotonicUs): void {
    if (receivedUs >= this.#windowEndUs) this.#nextWindow(receivedUs)
    const offsetUs = venueUs - receivedUs
    if (offsetUs > this.#watchedUs) this.#look(offsetUs, receivedUs)
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

  /** Also after a long pause: the estimate of the window before is the only one there is. */
  #nextWindow(receivedUs: MonotonicUs): void {
    this.#windowEndUs = receivedUs + WINDOW_US
    if (this.#offsetUs === Number.NEGATIVE_INFINITY) return
    this.#offsetUsMax = Math.max(this.#offsetUs, this.#lastOffsetUs) + DELAY_DIFFERENCE_US_MAX
    this.#lastOffsetUs = this.#offsetUs
    this.#offsetUs = Number.NEGATIVE_INFINITY
    this.#watchedUs = Number.NEGATIVE_INFINITY
  }

  #look(offsetUs: number, receivedUs: MonotonicUs): void {
    if (this.#first !== undefined) this.#vote(this.#first, offsetUs, receivedUs)
    else if (offsetUs > this.#offsetUsMax) this.#ahead(offsetUs, receivedUs)
    else {
      this.#stepChunks = 0
      if (offsetUs > this.#offsetUs) this.#offsetUs = offsetUs
      this.#watchedUs = this.#offsetUs
    }
  }

  /**
   * The middle one is believed, with what is ahead of it by a difference of delays; of two the earlier, because a time in the
   * future is the worse mistake.
   */
  #vote(first: number[], offsetUs: number, receivedUs: MonotonicUs): void {
    if (receivedUs === this.#countedUs) return
    this.#countedUs = receivedUs
    first.push(offsetUs)
    first.sort((left, right) => left - right)
    const offsetUsMax = first[(first.length - 1) >> 1]! + DELAY_DIFFERENCE_US_MAX
    this.#offsetUs = first.findLast(each => each <= offsetUsMax)!
    if (first.length < FIRST_CHUNKS) return
    this.#first = undefined
    this.#believe(this.#offsetUs, receivedUs)
  }

  #ahead(offsetUs: number, receivedUs: MonotonicUs): void {
    this.#watchedUs = Number.NEGATIVE_INFINITY
    if (this.#stepChunks === 0) {
      this.#stepSinceUs = receivedUs
      this.#stepOffsetUs = offsetUs
    } else if (receivedUs === this.#countedUs) return
    this.#countedUs = receivedUs
    this.#stepChunks += 1
    this.#stepOffsetUs = Math.min(this.#stepOffsetUs, offsetUs)
    if (this.#stepChunks < STEP_CHUNKS_MIN || receivedUs - this.#stepSinceUs < STEP_US_MIN) return
    this.#believe(this.#stepOffsetUs, receivedUs)
  }

  #believe(offsetUs: number, receivedUs: MonotonicUs): void {
    assert(offsetUs >= this.#offsetUs, 'the estimate does not fall within a window')
    this.#offsetUs = offsetUs
    this.#watchedUs = offsetUs
    this.#offsetUsMax = offsetUs + DELAY_DIFFERENCE_US_MAX
    this.#stepChunks = 0
    this.#windowEndUs = receivedUs + WINDOW_US
  }
}
