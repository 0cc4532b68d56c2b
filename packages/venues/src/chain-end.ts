// How far the chain of a book goes, where the subscription itself brings the snapshot: its last id and the venue's time of it; and
// whether another connection has just taken over, which repeats what the book contains.

import type { WallUs } from '@tradelane/shared/market/nouns'
import { type DepthFrame, DepthVerdict } from './depth-protocol.js'

/** No id of a frame: some venues mark frames without ids by -1 or -2. */
const NONE = -3

export class ChainEnd {
  #lastId = NONE
  #lastUs: WallUs | null = null
  #isOverlapping = false

  /** False before the first snapshot, and after a gap. */
  get hasBook(): boolean {
    return this.#lastId !== NONE
  }

  get lastId(): number {
    return this.#lastId
  }

  get lastUs(): WallUs | null {
    return this.#lastUs
  }

  /** The first frame of a connection that took over, which the book does not contain, has not come yet. */
  get isOverlapping(): boolean {
    return this.#isOverlapping
  }

  handOver(): void {
    this.#isOverlapping = true
  }

  take(frame: DepthFrame): void {
    this.#isOverlapping = false
    this.#lastId = frame.lastId
    this.#lastUs = frame.venueUs
  }

  takeSnapshot(snapshot: DepthFrame): DepthVerdict {
    if (this.#isOverlapping && this.#isContained(snapshot)) return DepthVerdict.skip
    this.take(snapshot)
    return DepthVerdict.replace
  }

  reset(): void {
    this.#lastId = NONE
    this.#lastUs = null
    this.#isOverlapping = false
  }

  /** A snapshot with a lower id and a later time is of a venue that restarted. */
  #isContained(snapshot: DepthFrame): boolean {
    const isLater = this.#lastUs !== null && snapshot.venueUs !== null && snapshot.venueUs > this.#lastUs
    return this.hasBook && snapshot.lastId <= this.#lastId && !isLater
  }
}
