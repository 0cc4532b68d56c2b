// Everything of one venue product: its connections for trades, state and books, its polls, its REST. Products share only the
// publishers, so one that is down, slow or wrong never stops another.

import assert from 'node:assert/strict'
import {
  FEED_OF_KIND,
  type Feed,
  type Instrument,
  Kind,
  type ProductIndex,
  type SizeUnits,
} from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import { ContractSizes } from '@tradelane/venues/sizes'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import type { Product, Subscription, VenueSettings } from '@tradelane/venues/venue'
import { ConnectionFactory } from '../connection/connection-factory.js'
import { DurableConnection } from '../connection/durable-connection.js'
import type { IngestContext } from '../ingest-context.js'
import { CONTRACTS_RETRY_MS, INSTRUMENTS_REFRESH_MS, INSTRUMENTS_RETRY_MS } from '../limits.js'
import { OpenInterestPoller } from '../rest/open-interest-poller.js'
import { RestClient } from '../rest/rest-client.js'
import { BookConnections } from './book-connections.js'
import { DecodedFeed } from './decoded-feed.js'
import { fetchListing, keepListed, type Listing } from './instrument-list.js'

export interface ProductSessionOptions {
  readonly product: Product
  readonly index: ProductIndex
  readonly endpoints: { readonly ws: string; readonly rest: string }
  readonly subscriptions: readonly Subscription[]
  readonly sizeUnits: SizeUnits
  readonly venueSettings: VenueSettings
  /** For tests; otherwise the stated limit. */
  readonly listRefreshMs?: number
}

export class ProductSession {
  readonly #context: IngestContext
  readonly #options: ProductSessionOptions
  readonly #rest: RestClient
  readonly #sizes: ContractSizes
  #subscriptions: readonly Subscription[]
  /** Of trades and state. */
  readonly #connections: DurableConnection[] = []
  readonly #decodedFeeds: DecodedFeed[] = []
  /** Undefined until the connections are opened. */
  #books: BookConnections | undefined
  #poller: OpenInterestPoller | undefined
  #listTimer: Timer | undefined
  #isClosed = false

  constructor(context: IngestContext, options: ProductSessionOptions) {
    this.#context = context
    this.#options = options
    this.#subscriptions = options.subscriptions
    this.#sizes = new ContractSizes(options.sizeUnits)
    this.#rest = newRestClient(context, options)
  }

  /** Never rejects. */
  async start(): Promise<void> {
    const listing = await this.#fetchListing()
    if (this.#isClosed) return
    if (listing === null && this.#options.product.hasContracts) {
      // The value of a contract is not guessed: nothing is subscribed before the venue has listed it.
      this.#listIn(CONTRACTS_RETRY_MS, () => void this.start())
      return
    }
    this.#applyListing(listing)
    this.#openConnections()
  }

  /** A shard has restarted. */
  reopenBooks(shard: number): void {
    this.#books?.reopen(shard)
  }

  /** Before the books are resharded. Trades and state are not touched. */
  closeBooks(): void {
    this.#books?.close()
  }

  /** After `closeBooks`: by the shards as they are now. */
  openBooks(): void {
    if (!this.#isClosed) this.#books?.open(this.#subscriptionsOf('book'))
  }

  /** Polls wait for them. */
  setSnapshotsWaiting(isWaiting: boolean): void {
    this.#rest.setWaiting(isWaiting)
  }

  /** Snapshots do not help this book: another connection may. */
  renewBook(instrument: Instrument): void {
    this.#books?.renew(instrument)
  }

  /** Rejects when there is no snapshot. */
  async resync(instrument: Instrument): Promise<void> {
    await this.#books?.resync(instrument)
  }

  close(): void {
    this.#isClosed = true
    this.#context.environment.timers.clear(this.#listTimer)
    this.#poller?.close()
    this.#rest.close()
    for (const connection of this.#connections) connection.close()
    for (const feed of this.#decodedFeeds) feed.close()
    this.#books?.close()
  }

  async #fetchListing(): Promise<Listing | null> {
    const symbols = new Set(this.#subscriptions.map(({ instrument }) => instrument.symbol))
    return await fetchListing(this.#context, this.#options.product, symbols, this.#rest)
  }

  #listIn(waitMs: number, then: () => void): void {
    this.#listTimer = this.#context.environment.timers.setTimeout(then, waitMs)
  }

  async #refreshListing(): Promise<void> {
    const listing = await this.#fetchListing()
    if (!this.#isClosed) this.#applyListing(listing)
  }

  /** Null: all are assumed to be listed. Subscriptions that the venue ignores do no harm. */
  #applyListing(listing: Listing | null): void {
    const { listRefreshMs = INSTRUMENTS_REFRESH_MS } = this.#options
    this.#listIn(listing === null ? INSTRUMENTS_RETRY_MS : listRefreshMs, () => void this.#refreshListing())
    if (listing === null) return
    const instruments = instrumentsOf(this.#subscriptions)
    for (const instrument of instruments) {
      const found = listing.get(instrument.symbol)
      // The value of one that does not trade may be unknown: until the end of its connections the last one counts.
      if (found?.isTrading) this.#sizes.set(instrument, found.contractValue)
    }
    const kept = new Set(keepListed(this.#options.product, instruments, listing, this.#context.limitedLog))
    this.#subscriptions = this.#subscriptions.filter(({ instrument }) => kept.has(instrument))
    const ended = instruments.filter(instrument => !kept.has(instrument))
    for (const feed of this.#decodedFeeds) feed.end(ended)
    this.#books?.withdraw(ended)
  }

  #openConnections(): void {
    assert(this.#books === undefined, 'the connections of a product are opened once')
    const { index: productIndex } = this.#options
    const factory = this.#newFactory()
    for (const feed of ['trade', 'state'] as const) this.#addDecoded(factory, feed)
    this.#books = new BookConnections(this.#context, {
      productIndex,
      factory,
      sizes: this.#sizes,
      rest: this.#rest,
    })
    for (const connection of this.#connections) connection.open()
    this.#books.open(this.#subscriptionsOf('book'))
    this.#pollOpenInterest()
  }

  #newFactory(): ConnectionFactory {
    const { product, endpoints, venueSettings } = this.#options
    const { environment, counters, limitedLog, hosts } = this.#context
    const instruments = newSymbolIndex(instrumentsOf(this.#subscriptions))
    return new ConnectionFactory({
      product,
      endpoint: endpoints.ws,
      venueSettings,
      instruments,
      environment,
      host: hosts.sockets(product.limits),
      counters,
      limitedLog,
    })
  }

  #addDecoded(factory: ConnectionFactory, feed: 'trade' | 'state'): void {
    const { product, index: productIndex, venueSettings } = this.#options
    const { instruments } = factory.setup
    const subscribed = this.#subscriptionsOf(feed)
    const plans = subscribed.length === 0 ? [] : product.plan(feed, subscribed, venueSettings)
    for (const plan of plans) {
      const { subscriptions } = plan
      const sizes = this.#sizes
      const receiver = new DecodedFeed(this.#context, { product, productIndex, instruments, sizes, subscriptions })
      this.#decodedFeeds.push(receiver)
      this.#connections.push(new DurableConnection({ factory, feed, plan, receiver }))
    }
  }

  #subscriptionsOf(feed: Feed): readonly Subscription[] {
    return this.#subscriptions.filter(({ kind }) => FEED_OF_KIND[kind] === feed)
  }

  #pollOpenInterest(): void {
    const { product, index } = this.#options
    const polled = this.#subscriptions.filter(({ kind }) => kind === Kind.openInterest)
    if (product.openInterest === undefined || polled.length === 0) return
    this.#poller = new OpenInterestPoller(this.#context, {
      productId: product.id,
      productIndex: index,
      protocol: product.openInterest,
      instruments: instrumentsOf(polled),
      rest: this.#rest,
    })
    this.#poller.start()
  }
}

function instrumentsOf(subscriptions: readonly Subscription[]): readonly Instrument[] {
  return [...new Set(subscriptions.map(({ instrument }) => instrument))]
}

function newRestClient(
  { environment, counters, hosts }: IngestContext,
  { endpoints, product }: ProductSessionOptions,
): RestClient {
  const { fetch, timers, clock, recorder } = environment
  return new RestClient(endpoints.rest, product.depth.budget, {
    fetch,
    timers,
    counters,
    host: hosts.rest(product.depth.budget),
    onAnswer: recorder && ((path, body) => recorder.onAnswer(product.id, path, body, clock.monotonicUs())),
  })
}
