// How a chain distinguishes a frame that it has had from one of a venue that restarted its numbering: by the venue's own times. Ids that
// start again at a lower number would otherwise be skipped for ever, and the book would stand still unnoticed.

import type { WallUs } from '@tradelane/shared/market/nouns'
import type { DepthFrame } from './venue.js'

/** Sockets of one venue may stamp the same event differently, by less than this. */
const RENUMBERED_US = 1_000_000

/** `frame` is not newer than the chain by its id. `lastUs` is the time of the chain's last frame, or null. */
export function isRenumbered(frame: DepthFrame, lastUs: WallUs | null): boolean {
  return lastUs !== null && frame.venueUs !== null && frame.venueUs - lastUs > RENUMBERED_US
}
