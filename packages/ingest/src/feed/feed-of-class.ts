// Which kind of connection carries which frames. What comes elsewhere was not asked for.

import type { Feed } from '@tradelane/shared/market/nouns'
import { FrameClass } from '@tradelane/venues/venue'

export const FEED_OF_CLASS = {
  [FrameClass.malformed]: null,
  [FrameClass.trade]: 'trade',
  [FrameClass.liquidation]: 'trade',
  [FrameClass.top]: 'state',
  [FrameClass.openInterest]: 'state',
  [FrameClass.depth]: 'book',
  [FrameClass.control]: null,
  [FrameClass.ignored]: null,
} as const satisfies Record<FrameClass, Feed | null>
