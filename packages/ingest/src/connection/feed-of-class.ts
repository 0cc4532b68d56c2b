// Which feed's connections carry which frames. A frame on a connection of another feed was not subscribed there.

import type { Feed } from '@tradelane/shared/market/nouns'
import { FrameClass } from '@tradelane/venues/frame-class'

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
