// The connections that carry one product's order books: at least one per shard, so that a full ring pauses only its own.

import assert from 'node:assert/strict'
import { type Instrument, Kind, type ProductIndex } from '@tradelane/shared/market/nouns'
import type { ContractSizes } from '@tradelane/venues/sizes'
import type { Subscription } from '@tradelane/venues/venue'
import type { ConnectionFactory } from '../connection/connection-factory.js'
import { DurableConnection } from '../connection/durable-connection.js'
import type { IngestContext } from '../ingest-context.js'
import type { RestClient } from '../rest/rest-client.js'
import { BookFeed } from './book-feed.js'

export interface BookConnectionsOptions {
  readonly productIndex: ProductIndex
  readonly factory: ConnectionFactory
  readonly sizes: ContractSizes
  readonly rest: RestClient
}

interface BookConnection {
  readonly shard: number
  readonly connection: DurableConnection
  readonly feed: BookFeed
}

export class BookConnections {
  readonly #context: IngestContext
  readonly #options: BookConnectionsOptions
  #all: BookConnection[] = []
  readonly #ofInstrument = new Map<Instrument, BookConnection>()

  constructor(context: IngestContext, options: BookConnectionsOptions) {
    this.#context = context
    this.#options = options
  }

  /** One or more connections per shard, by the current shards. */
  open(subscriptions: readonly Subscription[]): void {
    assert(this.#all.length === 0, 'book connections are opened when no other is open')
    const { depthRings } = this.#context.publishers
    for (const shard of new Set(subscriptions.map(({ instrument }) => depthRings.shardOf(instrument)))) {
      this.#add(
        subscriptions.filter(({ instrument }) => depthRings.shardOf(instrument) === shard),
        shard,
      )
    }
    for (const { connection } of this.#all) connection.open()
  }

  /** A shard has restarted: its books start again. */
  reopen(shard: number): void {
    for (const { connection } of this.#all.filter(each => each.shard === shard)) {
      connection.reopen('the L2 worker of these books restarted')
    }
  }

  close(): void {
    for (const { connection, feed } of this.#all) {
      connection.close()
      feed.retract()
    }
    this.#all = []
    this.#ofInstrument.clear()
  }

  /** The venue no longer lists these instruments. It only stops sending: their last books would stay visible. */
  withdraw(instruments: readonly Instrument[]): void {
    // If frames still come, the shard requests the book again.
    for (const instrument of instruments) this.#ofInstrument.get(instrument)?.feed.end([instrument])
  }

  /** Snapshots do not help this book: another connection replaces the one that carries it, without a gap for its other books. */
  renew(instrument: Instrument): void {
    const book = this.#ofInstrument.get(instrument)
    if (book === undefined || !book.connection.renew()) return
    // With a snapshot by subscription every book begins by itself.
    if (this.#options.factory.setup.product.depth.snapshotSource === 'rest') book.feed.renew(instrument)
  }

  /** Rejects when there is no snapshot. */
  async resync(instrument: Instrument): Promise<void> {
    const book = this.#ofInstrument.get(instrument)
    // The next connection starts every book without a request.
    if (book === undefined || !book.connection.isUp) return
    const { factory, rest } = this.#options
    const { depth } = factory.setup.product
    if (depth.snapshotSource === 'stream' || depth.snapshotRequest === undefined) {
      // A request would wait for the hour's limit: another connection has its own.
      if (book.connection.resubscriptionsLeft < 1) this.renew(instrument)
      else book.connection.resubscribe({ kind: Kind.orderBookL2, instrument })
      return
    }
    const { environment } = this.#context
    const body = await rest.get(depth.snapshotRequest(instrument), 'snapshot')
    // Resharded meanwhile: another worker has this book, and requests its own snapshot.
    if (this.#ofInstrument.get(instrument) !== book) return
    book.feed.forwardRest(instrument, body, environment.clock.monotonicUs())
  }

  #add(subscriptions: readonly Subscription[], shard: number): void {
    const { factory, productIndex, sizes } = this.#options
    const { product, venueSettings } = factory.setup
    for (const plan of product.plan('book', subscriptions, venueSettings)) {
      const instruments = plan.subscriptions.map(({ instrument }) => instrument)
      const feed = new BookFeed(this.#context, { productIndex, shard, instruments, sizes })
      const connection = new DurableConnection({ factory, feed: 'book', plan, receiver: feed })
      const book = { shard, connection, feed }
      for (const instrument of instruments) this.#ofInstrument.set(instrument, book)
      this.#context.publishers.depthRings.add(connection, shard)
      this.#all.push(book)
    }
  }
}
