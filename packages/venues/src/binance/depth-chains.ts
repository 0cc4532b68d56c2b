// How the depth frames of Binance chain. A book begins with a REST snapshot; events that it contains are skipped, and spot and
// USDⓈ-M differ in what continues it:
//
//   spot      ids are contiguous between events: `U` is the `u` of the previous event plus one
//   USDⓈ-M    ids are not contiguous: the only rule is that `pu` is the `u` of the previous event

import assert from 'node:assert/strict'
import type { WallUs } from '@tradelane/shared/market/nouns'
import { type DepthChain, type DepthFrame, DepthVerdict } from '../depth-protocol.js'
import { ContainedFrames, isRenumbered } from '../renumbering.js'

/** The `lastUpdateId` of a symbol that was never traded; it has no levels, and any event that follows is its first. */
export const NO_BOOK_ID = -1
/** Of a chain without a book. */
const NONE = -2

export class SpotDepthChain implements DepthChain {
  /** `u` of the last applied event, or `lastUpdateId` of the snapshot; NONE while there is no book. */
  #lastId = NONE
  /** When the venue sent the last event; null before the first since the snapshot. */
  #lastUs: WallUs | null = null
  readonly #contained = new ContainedFrames()
  #firstHeldId = NONE

  offer(frame: DepthFrame): DepthVerdict {
    if (frame.type === 'snapshot') return this.#offerSnapshot(frame)
    if (this.#lastId === NONE) {
      if (this.#firstHeldId === NONE) this.#firstHeldId = frame.firstId
      this.#contained.held(frame)
      return DepthVerdict.hold
    }
    // One rule for the first event after the snapshot and all others: older ones are skipped, the next must be adjacent.
    const isOld = frame.lastId <= this.#lastId
    if (isOld && !this.#isRenumbered(frame)) return DepthVerdict.skip
    if (isOld || (this.#lastId !== NO_BOOK_ID && frame.firstId > this.#lastId + 1)) {
      this.reset()
      return DepthVerdict.gap
    }
    assert(frame.lastId > this.#lastId, 'a chain only moves forward')
    this.#lastId = frame.lastId
    this.#lastUs = frame.venueUs
    return DepthVerdict.apply
  }

  handOver(): void {
    // The rule of every event: what the chain has is skipped, and the next must be adjacent.
  }

  reset(): void {
    this.#lastId = NONE
    this.#lastUs = null
    this.#contained.reset()
    this.#firstHeldId = NONE
  }

  #isRenumbered(frame: DepthFrame): boolean {
    return this.#lastUs === null ? this.#contained.isRenumbered(frame) : isRenumbered(frame, this.#lastUs)
  }

  #offerSnapshot(frame: DepthFrame): DepthVerdict {
    const isTooOld = this.#firstHeldId !== NONE && frame.lastId + 1 < this.#firstHeldId
    if (isTooOld && frame.lastId !== NO_BOOK_ID) return DepthVerdict.snapshotTooOld
    if (this.#lastId !== NONE) this.#contained.reset()
    this.#lastId = frame.lastId
    this.#lastUs = null
    this.#firstHeldId = NONE
    return DepthVerdict.replace
  }
}

export class FuturesDepthChain implements DepthChain {
  /** `u` of the last applied event, or `lastUpdateId` of the snapshot; NONE while there is no book. */
  #lastId = NONE
  /** When the venue sent the last event; null before the first since the snapshot. */
  #lastUs: WallUs | null = null
  readonly #contained = new ContainedFrames()
  /** The first event of a connection that took over has not come yet. */
  #isOverlapping = false
  /** There is a snapshot, and the event that overlaps it has not come yet. */
  #isSplicing = false
  #firstHeldId = NONE
  #firstHeldPreviousId = NONE

  offer(frame: DepthFrame): DepthVerdict {
    if (frame.type === 'snapshot') return this.#offerSnapshot(frame)
    if (this.#lastId === NONE) return this.#hold(frame)
    return this.#isSplicing ? this.#splice(frame) : this.#continue(frame)
  }

  handOver(): void {
    this.#isOverlapping = true
  }

  reset(): void {
    this.#lastId = NONE
    this.#lastUs = null
    this.#contained.reset()
    this.#isOverlapping = false
    this.#isSplicing = false
    this.#firstHeldId = NONE
    this.#firstHeldPreviousId = NONE
  }

  #offerSnapshot(frame: DepthFrame): DepthVerdict {
    const isOld = this.#firstHeldId > frame.lastId && this.#firstHeldPreviousId !== frame.lastId
    if (this.#firstHeldId !== NONE && isOld && frame.lastId !== NO_BOOK_ID) return DepthVerdict.snapshotTooOld
    if (this.#lastId !== NONE) this.#contained.reset()
    this.#lastId = frame.lastId
    this.#lastUs = null
    this.#isSplicing = true
    this.#firstHeldId = NONE
    return DepthVerdict.replace
  }

  #hold(frame: DepthFrame): DepthVerdict {
    this.#contained.held(frame)
    if (this.#firstHeldId === NONE) {
      this.#firstHeldId = frame.firstId
      this.#firstHeldPreviousId = frame.previousId
    }
    return DepthVerdict.hold
  }

  /** The snapshot contains all older events; the first one applied overlaps it or follows it directly. */
  #splice(frame: DepthFrame): DepthVerdict {
    assert(this.#lastId !== NONE, 'a splice continues a snapshot')
    if (frame.lastId < this.#lastId) return this.#old(frame)
    const isOverlapping = frame.firstId <= this.#lastId || this.#lastId === NO_BOOK_ID
    if (!isOverlapping && frame.previousId !== this.#lastId) return this.#gap()
    this.#isSplicing = false
    return this.#apply(frame)
  }

  #continue(frame: DepthFrame): DepthVerdict {
    assert(this.#lastId !== NONE && !this.#isSplicing, 'a chain continues after its splice')
    if (frame.lastId <= this.#lastId) return this.#old(frame)
    // Another connection may divide the same changes otherwise: an event that began earlier holds all since then.
    const isContained = this.#isOverlapping && frame.previousId < this.#lastId
    if (frame.previousId !== this.#lastId && !isContained) return this.#gap()
    return this.#apply(frame)
  }

  #apply(frame: DepthFrame): DepthVerdict {
    this.#isOverlapping = false
    this.#lastId = frame.lastId
    this.#lastUs = frame.venueUs
    return DepthVerdict.apply
  }

  #old(frame: DepthFrame): DepthVerdict {
    const isOther = this.#isSplicing ? this.#contained.isRenumbered(frame) : isRenumbered(frame, this.#lastUs)
    return isOther ? this.#gap() : DepthVerdict.skip
  }

  #gap(): DepthVerdict {
    this.reset()
    return DepthVerdict.gap
  }
}
