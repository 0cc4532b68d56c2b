// The connections that carry one product's trades, or its state. Instruments that begin to trade later get connections of their own,
// so that those in use are not touched.

import assert from 'node:assert/strict'
import type { ProductIndex, StatusReason } from '@tradelane/shared/market/nouns'
import type { ContractSizes } from '@tradelane/venues/sizes'
import type { Subscription } from '@tradelane/venues/venue'
import type { ConnectionFactory } from '../connection/connection-factory.js'
import { DurableConnection } from '../connection/durable-connection.js'
import type { IngestContext } from '../ingest-context.js'
import type { SilenceWatch } from '../silence/silence-watch.js'
import type { WatchedFeed } from '../silence/watched-feed.js'
import { DecodedFeed } from './decoded-feed.js'

export interface DecodedConnectionsOptions {
  readonly feed: 'trade' | 'state'
  readonly productIndex: ProductIndex
  readonly factory: ConnectionFactory
  readonly sizes: ContractSizes
  readonly silence: SilenceWatch
}

interface DecodedConnection {
  readonly connection: DurableConnection
  readonly receiver: DecodedFeed
  /** Between the two. */
  readonly watched: WatchedFeed
}

export class DecodedConnections {
  readonly #context: IngestContext
  readonly #options: DecodedConnectionsOptions
  #all: readonly DecodedConnection[] = []

  constructor(context: IngestContext, options: DecodedConnectionsOptions) {
    this.#context = context
    this.#options = options
  }

  /** Beside those that are open. */
  open(subscriptions: readonly Subscription[]): void {
    if (subscriptions.length === 0) return
    const { factory, feed, productIndex, sizes, silence } = this.#options
    const { product, venueSettings, instruments } = factory.setup
    assert(
      subscriptions.every(subscription => this.#of(subscription) === undefined),
      'a subscription is on one connection',
    )
    const added = product.plan(feed, subscriptions, venueSettings).map(plan => {
      const options = { product, productIndex, instruments, sizes, subscriptions: plan.subscriptions }
      const receiver = new DecodedFeed(this.#context, options)
      const watched = silence.watch(receiver, plan.subscriptions)
      const connection = new DurableConnection({ factory, feed, plan, receiver: watched })
      watched.attach(connection)
      return { receiver, watched, connection }
    })
    this.#all = [...this.#all, ...added]
    for (const { connection } of added) connection.open()
  }

  /** It is carried no longer. */
  leaveOut(subscription: Subscription, _reason: StatusReason): void {
    const found = this.#of(subscription)
    if (found === undefined) return
    found.receiver.leaveOut([subscription])
    found.watched.leaveOut(subscription)
    if (found.connection.leaveOut([subscription])) return
    found.receiver.retract()
    this.#options.silence.forget(found.watched)
    this.#all = this.#all.filter(each => each !== found)
  }

  /** Whether the venue refuses it on the connection in use. */
  refuses(subscription: Subscription): boolean {
    return this.#of(subscription)?.connection.refuses(subscription) ?? false
  }

  close(): void {
    for (const { connection, receiver } of this.#all) {
      connection.close()
      receiver.close()
    }
  }

  #of(subscription: Subscription): DecodedConnection | undefined {
    return this.#all.find(({ connection }) => connection.subscriptions.includes(subscription))
  }
}
