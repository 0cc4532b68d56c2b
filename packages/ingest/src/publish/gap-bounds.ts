// The bounds of a gap by the times of the events around it. Venues' times are not strictly in order, and one of them may be wrong:
// then a gap spans too much rather than leave out what is missing.

import type { WallUs } from '@tradelane/shared/market/nouns'
import { DELAY_DIFFERENCE_US_MAX } from './venue-time.js'

export interface GapBounds {
  /** Null: not known. */
  readonly fromUs: WallUs | null
  readonly toUs: WallUs | null
}

export function inOrder({ fromUs, toUs }: GapBounds): GapBounds {
  if (fromUs === null || toUs === null || fromUs <= toUs) return { fromUs, toUs }
  // Further apart, one of them is wrong, and it is not known which.
  return { fromUs: fromUs - toUs <= DELAY_DIFFERENCE_US_MAX ? toUs : null, toUs: fromUs }
}
