// The connections that carry one product's order books: at least one per shard, so that a full ring pauses only its own.

import assert from 'node:assert/strict'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { encodeLinkDown } from '@tradelane/shared/lanes/depth-ring-link-up'
import { type Instrument, Kind, type ProductIndex, type StatusReason } from '@tradelane/shared/market/nouns'
import type { ContractSizes } from '@tradelane/venues/sizes'
import type { Subscription } from '@tradelane/venues/venue'
import type { ConnectionFactory } from '../connection/connection-factory.js'
import { DurableConnection } from '../connection/durable-connection.js'
import type { IngestContext } from '../ingest-context.js'
import type { RestClient } from '../rest/rest-client.js'
import type { SilenceWatch } from '../silence/silence-watch.js'
import type { WatchedFeed } from '../silence/watched-feed.js'
import { BookFeed } from './book-feed.js'

export interface BookConnectionsOptions {
  readonly productIndex: ProductIndex
  readonly factory: ConnectionFactory
  readonly sizes: ContractSizes
  readonly rest: RestClient
  readonly silence: SilenceWatch
}

interface BookConnection {
  readonly shard: number
  readonly connection: DurableConnection
  readonly feed: BookFeed
  /** Between the two. */
  readonly watched: WatchedFeed
}

export class BookConnections {
  readonly #context: IngestContext
  readonly #options: BookConnectionsOptions
  #all: BookConnection[] = []
  readonly #ofInstrument = new Map<Instrument, BookConnection>()
  /** Why there is no book of these, though they are configured. */
  readonly #absent = new Map<Instrument, StatusReason>()

  constructor(context: IngestContext, options: BookConnectionsOptions) {
    this.#context = context
    this.#options = options
  }

  /** Beside those that are open: one or more connections per shard, by the current shards. */
  open(subscriptions: readonly Subscription[]): void {
    const { depthRings } = this.#context.publishers
    const added = [...new Set(subscriptions.map(({ instrument }) => depthRings.shardOf(instrument)))].flatMap(shard =>
      this.#add(
        subscriptions.filter(({ instrument }) => depthRings.shardOf(instrument) === shard),
        shard,
      ),
    )
    for (const { connection } of added) connection.open()
  }

  /** A shard has restarted: its books start again. */
  reopen(shard: number): void {
    for (const { connection } of this.#all.filter(each => each.shard === shard)) {
      connection.reopen('the L2 worker of these books restarted')
    }
    const { depthRings } = this.#context.publishers
    this.#stateAbsent(instrument => depthRings.shardOf(instrument) === shard)
  }

  close(): void {
    for (const { connection, feed, watched } of this.#all) {
      connection.close()
      this.#options.silence.forget(watched)
      feed.retract()
    }
    this.#all = []
    this.#ofInstrument.clear()
  }

  /** After `close`, by shards that know nothing of it. */
  stateAbsent(): void {
    this.#stateAbsent(() => true)
  }

  /** It is not subscribed, or no longer. */
  leaveOut({ instrument, kind }: Subscription, reason: StatusReason): void {
    assert(kind === Kind.orderBookL2, 'these connections carry books')
    const book = this.#ofInstrument.get(instrument)
    if (book === undefined && this.#absent.get(instrument) === reason) return
    this.#absent.set(instrument, reason)
    if (book === undefined) {
      this.#stateAbsent(each => each === instrument)
      return
    }
    this.#ofInstrument.delete(instrument)
    book.feed.leaveOut(instrument, reason)
    const carried = book.connection.subscriptions.filter(each => each.instrument === instrument)
    for (const subscription of carried) book.watched.leaveOut(subscription)
    if (book.connection.leaveOut(carried)) return
    book.feed.retract()
    this.#options.silence.forget(book.watched)
    this.#all = this.#all.filter(each => each !== book)
    this.#context.publishers.depthRings.remove(book.connection, book.shard)
  }

  /** The venue has stopped trading it; it stays subscribed. */
  halt(instrument: Instrument): void {
    this.#ofInstrument.get(instrument)?.feed.halt(instrument)
  }

  /** It trades again. */
  resume(instrument: Instrument): void {
    const book = this.#ofInstrument.get(instrument)
    if (book?.feed.resume(instrument)) this.#requestSnapshot(book, instrument)
  }

  /** The value of its contract has changed. */
  restart(instrument: Instrument): void {
    const book = this.#ofInstrument.get(instrument)
    if (book === undefined) return
    book.feed.restart(instrument)
    this.#requestSnapshot(book, instrument)
  }

  /** Whether the venue refuses it on the connection in use. */
  refuses(subscription: Subscription): boolean {
    return this.#ofInstrument.get(subscription.instrument)?.connection.refuses(subscription) ?? false
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
    if (this.#hasSnapshotsOnSocket || depth.snapshotRequest === undefined) {
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

  /** Where a delta requests it, nothing is to do. */
  #requestSnapshot({ connection }: BookConnection, instrument: Instrument): void {
    if (this.#hasSnapshotsOnSocket && connection.isUp) connection.resubscribe({ kind: Kind.orderBookL2, instrument })
  }

  get #hasSnapshotsOnSocket(): boolean {
    return this.#options.factory.setup.product.depth.snapshotSource === 'stream'
  }

  #add(subscriptions: readonly Subscription[], shard: number): BookConnection[] {
    const { factory, productIndex, sizes, silence } = this.#options
    const { product, venueSettings } = factory.setup
    return product.plan('book', subscriptions, venueSettings).map(plan => {
      const instruments = plan.subscriptions.map(({ instrument }) => instrument)
      const feed = new BookFeed(this.#context, { productIndex, shard, instruments, sizes })
      const watched = silence.watch(feed, plan.subscriptions)
      const connection = new DurableConnection({ factory, feed: 'book', plan, receiver: watched })
      watched.attach(connection)
      const book = { shard, connection, feed, watched }
      for (const instrument of instruments) {
        assert(!this.#ofInstrument.has(instrument), 'a book is on one connection')
        this.#ofInstrument.set(instrument, book)
        this.#absent.delete(instrument)
      }
      this.#context.publishers.depthRings.add(connection, shard)
      this.#all.push(book)
      return book
    })
  }

  /** Their shards publish it. */
  #stateAbsent(isAffected: (instrument: Instrument) => boolean): void {
    const { publishers, environment } = this.#context
    const { depthRings } = publishers
    for (const [instrument, reason] of this.#absent) {
      if (!isAffected(instrument)) continue
      const producer = depthRings.producerOf(depthRings.shardOf(instrument))
      const atUs = environment.clock.monotonicUs()
      producer.offer(DepthRecordKind.linkDown, instrument.id, atUs, encodeLinkDown(reason))
      producer.ring()
    }
  }
}
