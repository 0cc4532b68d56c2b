// The statuses of the subscriptions of one product that bring nothing, because the venue does not trade or not list their
// instrument: the status of each, and links that are not live while something that is configured is missing.

import {
  type Instrument,
  Kind,
  type ProductIndex,
  type StatusReason,
  type SubscribedKind,
} from '@tradelane/shared/market/nouns'
import type { Product, Subscription } from '@tradelane/venues/venue'
import type { IngestContext } from '../ingest-context.js'
import type { Link } from '../publish/link-publisher.js'

export interface SubscriptionStatesOptions {
  readonly product: Product
  readonly productIndex: ProductIndex
  /** All that are configured. */
  readonly subscriptions: readonly Subscription[]
}

export class SubscriptionStates {
  readonly #context: IngestContext
  readonly #options: SubscriptionStatesOptions
  /** A share of each link: of what is on no connection. */
  readonly #links = new Map<SubscribedKind, Link>()
  #wasComplete = true

  constructor(context: IngestContext, options: SubscriptionStatesOptions) {
    this.#context = context
    this.#options = options
    for (const kind of new Set(options.subscriptions.map(each => each.kind))) {
      this.#links.set(kind, context.publishers.links.newLink(options.productIndex, kind))
    }
  }

  /** `reasonOf`: why nothing comes for a subscription; null where it is expected to come. */
  publish(reasonOf: (subscription: Subscription) => StatusReason | null, carried: ReadonlySet<Subscription>): void {
    const { subscriptions: published } = this.#context.publishers
    const { subscriptions } = this.#options
    for (const subscription of subscriptions) {
      const reason = reasonOf(subscription)
      // Books are left to their shards.
      if (subscription.kind === Kind.orderBookL2) continue
      if (reason === null) published.live(subscription)
      else published.down(subscription, reason)
    }
    for (const [kind, link] of this.#links) {
      const all = subscriptions.filter(each => each.kind === kind)
      const missing = all.filter(each => reasonOf(each) !== null && !carried.has(each))
      const reason = missing.map(reasonOf).find(each => each !== null)
      if (reason === undefined || reason === null) link.live()
      else if (missing.length === all.length) link.down(reason)
      else link.incomplete(reason)
    }
    this.#reportComplete(subscriptions, carried)
  }

  #reportComplete(subscriptions: readonly Subscription[], carried: ReadonlySet<Subscription>): void {
    const missing = new Set<Instrument>()
    for (const subscription of subscriptions) if (!carried.has(subscription)) missing.add(subscription.instrument)
    const isComplete = missing.size === 0
    if (isComplete && !this.#wasComplete) {
      this.#context.limitedLog.write('info', 'all instruments are subscribed', this.#options.product.id)
    }
    this.#wasComplete = isComplete
  }
}
