// What the settings subscribe of a product: its default kinds and the changes of SUBSCRIPTIONS.

import { KIND_NAMES, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { Product } from '@tradelane/venues/venue'
import type { SettingValues } from './settings-table.js'

export function kindsOf(
  { subscriptions }: Pick<SettingValues, 'subscriptions'>,
  product: Product,
): readonly SubscribedKind[] {
  const kinds = new Set<SubscribedKind>(product.defaultKinds)
  for (const { isAdded, productId, kind: name } of subscriptions) {
    const kind = product.kinds.find(candidate => KIND_NAMES[candidate] === name)
    if (productId !== product.id || kind === undefined) continue
    if (isAdded) kinds.add(kind)
    else kinds.delete(kind)
  }
  return [...kinds]
}
