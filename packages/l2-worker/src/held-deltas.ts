// Deltas that came before their snapshot, in order, for one instrument. Frames are kept, not copied: the caller decodes the
// next record into another one. Bounded; a full store forgets everything, because deltas with a gap are of no use.

import assert from 'node:assert/strict'
import type { DepthFrame } from '@tradelane/venues/depth-protocol'
import { HELD_FRAMES_MAX, HELD_LEVELS_MAX } from './limits.js'

export class HeldDeltas {
  #frames: DepthFrame[] = []
  #levelCount = 0

  get count(): number {
    return this.#frames.length
  }

  /** False when there is no room: everything is forgotten. */
  hold(delta: DepthFrame): boolean {
    const levelCount = (delta.bids.length + delta.asks.length) / 2
    assert(levelCount >= 0 && Number.isInteger(levelCount), 'a delta has pairs of texts')
    if (this.#frames.length === HELD_FRAMES_MAX || this.#levelCount + levelCount > HELD_LEVELS_MAX) {
      this.clear()
      return false
    }
    this.#frames.push(delta)
    this.#levelCount += levelCount
    return true
  }

  /** Returns the held deltas and forgets them. */
  take(): readonly DepthFrame[] {
    const frames = this.#frames
    this.clear()
    return frames
  }

  clear(): void {
    const areCounted = this.#levelCount >= 0 && (this.#frames.length > 0 || this.#levelCount === 0)
    assert(areCounted, 'levels are counted with their frames')
    if (this.#frames.length > 0) this.#frames = []
    this.#levelCount = 0
  }
}
