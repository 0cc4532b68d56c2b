// The connections that a variant opens to the simulated venues: the same as those of Tradelane.

import type { Settings } from '@tradelane/server/settings'
import type { Topology } from '@tradelane/server/topology'
import { FEED_OF_KIND, type Feed, type Instrument } from '@tradelane/shared/market/nouns'
import { productById } from '@tradelane/venues/registry'
import type { ConnectionPlan, Product, Subscription, VenueSettings } from '@tradelane/venues/venue'

export interface VenuePlans {
  readonly endpoint: string
  readonly plans: readonly ConnectionPlan[]
  readonly venueSettings: VenueSettings
}

export function plansOf(settings: Settings, topology: Topology, product: Product, feed: Feed): VenuePlans {
  const { venueSettings } = settings
  const subscriptions = subscriptionsOf(topology, product, feed)
  const plans = subscriptions.length === 0 ? [] : product.plan(feed, subscriptions, venueSettings)
  return { endpoint: settings.endpoints[product.id]?.ws ?? '', plans, venueSettings }
}

export function productOf(id: string): Product {
  const product = productById(id)
  if (product === undefined) throw new Error(`unknown product "${id}"`)
  return product
}

export function instrumentsOf(topology: Topology, product: Product): readonly Instrument[] {
  const index = topology.products.find(({ id }) => id === product.id)?.index
  return topology.instruments.filter(instrument => instrument.product === index)
}

export function subscriptionsOf(topology: Topology, product: Product, feed: Feed): readonly Subscription[] {
  return instrumentsOf(topology, product).flatMap(instrument => {
    const kinds = topology.subscriptions[instrument.id]?.kinds ?? []
    return kinds.filter(kind => FEED_OF_KIND[kind] === feed).map(kind => ({ kind, instrument }))
  })
}
