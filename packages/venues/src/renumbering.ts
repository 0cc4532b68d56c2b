// How a chain distinguishes a frame that it has had from one of a venue that restarted its numbering: by the venue's own times. Ids that
// start again at a lower number would otherwise be skipped for ever, and the book would stand still unnoticed. Only times of the
// stream are compared: a REST snapshot comes from another server, whose clock or cache may differ.

import type { WallUs } from '@tradelane/shared/market/nouns'
import type { DepthFrame } from './depth-protocol.js'

/** Sockets of one venue may stamp the same event differently, by less than this. */
const RENUMBERED_US = 1_000_000

/** `frame` is not newer than the chain by its id. `lastUs` is the time of the chain's last frame, or null. */
export function isRenumbered(frame: DepthFrame, lastUs: WallUs | null): boolean {
  return lastUs !== null && frame.venueUs !== null && frame.venueUs - lastUs > RENUMBERED_US
}

/** Longer than a REST answer is on its way: what it contains comes for at most so long after it. */
const CONTAINED_US_MAX = 30_000_000

/** What a snapshot contains already, while no frame that is newer has come. */
export class ContainedFrames {
  /** The time of the last frame before the snapshot, or of the first after it. */
  #sinceUs: WallUs | null = null

  reset(): void {
    this.#sinceUs = null
  }

  /** It came before the snapshot. */
  held({ venueUs }: DepthFrame): void {
    this.#sinceUs = venueUs
  }

  /** `frame` is not newer than the snapshot by its id. */
  isRenumbered({ venueUs }: DepthFrame): boolean {
    this.#sinceUs ??= venueUs
    return venueUs !== null && this.#sinceUs !== null && venueUs - this.#sinceUs > CONTAINED_US_MAX
  }
}
