// Deltas that came before their snapshot, in order, for one instrument. Frames are swapped, not copied: holding one hands the
// caller an empty frame to decode the next record into. Bounded; a full store forgets everything, for a chain with a hole in
// it is worth nothing.

import type { DepthFrame } from '@tradelane/venues/venue'
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
    if (this.#frames.length === HELD_FRAMES_MAX || this.#levelCount + levelCount > HELD_LEVELS_MAX) {
      this.clear()
      return false
    }
    this.#frames.push(delta)
    this.#levelCount += levelCount
    return true
  }

  /** Hands over what is held and forgets it. */
  take(): readonly DepthFrame[] {
    const frames = this.#frames
    this.clear()
    return frames
  }

  clear(): void {
    if (this.#frames.length > 0) this.#frames = []
    this.#levelCount = 0
  }
}
