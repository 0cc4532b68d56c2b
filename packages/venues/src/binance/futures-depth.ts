// Order books of Binance USDⓈ-M: `@depth@100ms` deltas continue a REST snapshot. Ids are not contiguous between events: the only
// rule is that `pu` equals the `u` of the previous event.

import assert from 'node:assert/strict'
import { type DepthChain, type DepthFrame, type DepthProtocol, DepthVerdict, type RestBudget } from '../venue.js'
import { decodeDepth } from './depth-frames.js'

const SNAPSHOT_LEVELS = 1_000
const SNAPSHOT_WEIGHT = 20

const budget: RestBudget = {
  weightPerMinute: 2_400,
  usedWeightHeader: 'x-mbx-used-weight-1m',
  // 429: too many requests; 418: banned, for at least two minutes.
  stopMs: { 429: 30_000, 418: 120_000 },
}

export const futuresDepth: DepthProtocol = {
  snapshotSource: 'rest',
  budget,
  snapshotLevelsMax: SNAPSHOT_LEVELS,
  snapshotRequest: instrument => ({
    path: `/fapi/v1/depth?symbol=${instrument.symbol}&limit=${SNAPSHOT_LEVELS}`,
    weight: SNAPSHOT_WEIGHT,
  }),
  decode: decodeDepth,
  newChain: () => new FuturesDepthChain(),
}

const NONE = -2
/** The snapshot of a symbol that was never traded: any event that follows is its first. */
const NO_BOOK = -1

class FuturesDepthChain implements DepthChain {
  /** `u` of the last applied event, or `lastUpdateId` of the snapshot; NONE while there is no book. */
  #lastId = NONE
  /** There is a snapshot, and the event that overlaps it has not come yet. */
  #isSplicing = false
  #firstHeldId = NONE
  #firstHeldPreviousId = NONE

  offer(frame: DepthFrame): DepthVerdict {
    if (frame.type === 'snapshot') return this.#offerSnapshot(frame)
    if (this.#lastId === NONE) return this.#hold(frame)
    return this.#isSplicing ? this.#splice(frame) : this.#continue(frame)
  }

  reset(): void {
    this.#lastId = NONE
    this.#isSplicing = false
    this.#firstHeldId = NONE
    this.#firstHeldPreviousId = NONE
  }

  #offerSnapshot(frame: DepthFrame): DepthVerdict {
    const isOld = this.#firstHeldId > frame.lastId && this.#firstHeldPreviousId !== frame.lastId
    if (this.#firstHeldId !== NONE && isOld && frame.lastId !== NO_BOOK) return DepthVerdict.snapshotTooOld
    this.#lastId = frame.lastId
    this.#isSplicing = true
    this.#firstHeldId = NONE
    return DepthVerdict.replace
  }

  #hold(frame: DepthFrame): DepthVerdict {
    if (this.#firstHeldId === NONE) {
      this.#firstHeldId = frame.firstId
      this.#firstHeldPreviousId = frame.previousId
    }
    return DepthVerdict.hold
  }

  /** The snapshot contains all older events; the first one applied overlaps it or follows it directly. */
  #splice(frame: DepthFrame): DepthVerdict {
    assert(this.#lastId !== NONE, 'a splice continues a snapshot')
    if (frame.lastId < this.#lastId) return DepthVerdict.skip
    const isOverlapping = frame.firstId <= this.#lastId || this.#lastId === NO_BOOK
    if (!isOverlapping && frame.previousId !== this.#lastId) return this.#gap()
    this.#isSplicing = false
    this.#lastId = frame.lastId
    return DepthVerdict.apply
  }

  #continue(frame: DepthFrame): DepthVerdict {
    assert(this.#lastId !== NONE && !this.#isSplicing, 'a chain continues after its splice')
    if (frame.lastId <= this.#lastId) return DepthVerdict.skip
    if (frame.previousId !== this.#lastId) return this.#gap()
    this.#lastId = frame.lastId
    return DepthVerdict.apply
  }

  #gap(): DepthVerdict {
    this.reset()
    return DepthVerdict.gap
  }
}
