// Order books of Binance spot: `@depth@100ms` deltas continue a REST snapshot. Ids are contiguous between events: `U` is the `u`
// of the previous event plus one. A snapshot has at most 5,000 levels per side; the book beyond them is unknown.

import assert from 'node:assert/strict'
import { type DepthChain, type DepthFrame, type DepthProtocol, DepthVerdict } from '../venue.js'
import { decodeDepth } from './depth-frames.js'

const SNAPSHOT_LEVELS = 5_000
const SNAPSHOT_WEIGHT = 250

export const spotDepth: DepthProtocol = {
  snapshotSource: 'rest',
  budget: {
    weightPerMinute: 6_000,
    usedWeightHeader: 'x-mbx-used-weight-1m',
    stopMs: { 429: 30_000, 418: 120_000 },
  },
  snapshotLevelsMax: SNAPSHOT_LEVELS,
  snapshotRequest: instrument => ({
    path: `/api/v3/depth?symbol=${instrument.symbol}&limit=${SNAPSHOT_LEVELS}`,
    weight: SNAPSHOT_WEIGHT,
  }),
  decode: decodeDepth,
  newChain: () => new SpotDepthChain(),
}

const NONE = -2
/** The snapshot of a symbol that was never traded: any event that follows is its first. */
const NO_BOOK = -1

class SpotDepthChain implements DepthChain {
  /** `u` of the last applied event, or `lastUpdateId` of the snapshot; NONE while there is no book. */
  #lastId = NONE
  #firstHeldId = NONE

  offer(frame: DepthFrame): DepthVerdict {
    if (frame.type === 'snapshot') return this.#offerSnapshot(frame)
    if (this.#lastId === NONE) {
      if (this.#firstHeldId === NONE) this.#firstHeldId = frame.firstId
      return DepthVerdict.hold
    }
    // One rule for the first event after the snapshot and all others: older ones are skipped, the next must be adjacent.
    if (frame.lastId <= this.#lastId) return DepthVerdict.skip
    if (this.#lastId !== NO_BOOK && frame.firstId > this.#lastId + 1) {
      this.reset()
      return DepthVerdict.gap
    }
    assert(frame.lastId > this.#lastId, 'a chain only moves forward')
    this.#lastId = frame.lastId
    return DepthVerdict.apply
  }

  reset(): void {
    this.#lastId = NONE
    this.#firstHeldId = NONE
  }

  #offerSnapshot(frame: DepthFrame): DepthVerdict {
    const isTooOld = this.#firstHeldId !== NONE && frame.lastId + 1 < this.#firstHeldId
    if (isTooOld && frame.lastId !== NO_BOOK) return DepthVerdict.snapshotTooOld
    this.#lastId = frame.lastId
    this.#firstHeldId = NONE
    return DepthVerdict.replace
  }
}
