// Whether WS_L2_BUFFER is large enough: a depth ring drops a frame that is longer than a share of it, and a book whose snapshot
// never fits stays stale for ever.

import { leastFrameCount } from '@tradelane/shared/lanes/depth-ring'
import { Kind } from '@tradelane/shared/market/nouns'
import { PRODUCTS } from '@tradelane/venues/registry'
import type { SettingValues } from './settings-table.js'
import { kindsOf } from './subscribed-kinds.js'

type BookSettings = Pick<SettingValues, 'instruments' | 'subscriptions' | 'wsL2Buffer'>

/** Why the setting is refused, or null. */
export function bookBufferConflict(settings: BookSettings): string | null {
  const { instruments, wsL2Buffer } = settings
  const [largest] = PRODUCTS.filter(
    product =>
      kindsOf(settings, product).includes(Kind.orderBookL2) &&
      instruments.some(({ productId }) => productId === null || productId === product.id),
  ).toSorted((one, other) => other.depth.snapshotBytesMax - one.depth.snapshotBytesMax)
  if (largest === undefined) return null
  const least = leastFrameCount(largest.depth.snapshotBytesMax)
  if (wsL2Buffer >= least) return null
  const kib = Math.ceil(largest.depth.snapshotBytesMax / 1_024)
  return `invalid WS_L2_BUFFER "${wsL2Buffer}"; expected at least ${least}, so that a snapshot of ${largest.id} (order_book_l2, up to ${kib} KiB) fits`
}
