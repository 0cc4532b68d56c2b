// Everything of one venue product: its lines for trades, state and books, its polls, its REST. Products share nothing but
// the publishers, so one that is down, slow or lying never stops another.

import { FEED_OF_KIND, type Feed, type Instrument, Kind, type ProductIndex } from '@tradelane/shared/market/nouns'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import type { ConnectionPlan, ListedInstrument, Product, Subscription, SymbolIndex } from '@tradelane/venues/venue'
import { ConnectBudget } from '../connection/connect-budget.js'
import { DurableConnection, type LineEvents } from '../connection/durable-connection.js'
import type { IngestContext } from '../ingest-context.js'
import { CONTRACTS_RETRY_MS, INSTRUMENTS_MS_MAX, INSTRUMENTS_RETRY_MS } from '../limits.js'
import { OpenInterestPoller } from '../rest/open-interest-poller.js'
import { RestClient } from '../rest/rest-client.js'
import { BookFeed } from './book-feed.js'
import { DecodedFeed } from './decoded-feed.js'
import { fetchListed, keepListed } from './instrument-list.js'

export interface ProductSessionOptions {
  readonly context: IngestContext
  readonly product: Product
  readonly index: ProductIndex
  readonly endpoints: { readonly ws: string; readonly rest: string }
  readonly streams: readonly Subscription[]
  /** How often the venue's list of instruments is read again. */
  readonly listRefreshMs: number
}

export class ProductSession {
  readonly #context: IngestContext
  readonly #product: Product
  readonly #index: ProductIndex
  readonly #endpoint: string
  readonly #rest: RestClient
  readonly #budget: ConnectBudget
  readonly #listRefreshMs: number
  #lines: DurableConnection[] = []
  readonly #decodedFeeds: DecodedFeed[] = []
  readonly #bookLines = new Map<Instrument, DurableConnection>()
  readonly #bookFeeds = new Map<DurableConnection, BookFeed>()
  /** Undefined until the lines are opened. */
  #symbols: SymbolIndex | undefined
  #streams: readonly Subscription[]
  #poller: OpenInterestPoller | undefined
  #listTimer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: ProductSessionOptions) {
    this.#context = options.context
    this.#product = options.product
    this.#index = options.index
    this.#endpoint = options.endpoints.ws
    this.#streams = options.streams
    this.#listRefreshMs = options.listRefreshMs
    const { nowMs, clock, tap } = options.context
    this.#rest = new RestClient(options.endpoints.rest, options.product.depth.budget, {
      nowMs,
      onAnswer: tap && ((path, body) => tap.onAnswer(options.product.id, path, body, clock.monotonicUs())),
    })
    this.#budget = new ConnectBudget(options.product.limits)
  }

  /** Never rejects. */
  async start(): Promise<void> {
    const listed = await this.#list()
    if (this.#isClosed) return
    if (listed !== null) this.#take(listed)
    if (listed === null && this.#product.hasContracts) {
      // What a contract is worth is not guessed: nothing is subscribed before the venue has said it.
      this.#listTimer = setTimeout(() => void this.start(), CONTRACTS_RETRY_MS)
      return
    }
    this.#listTimer = setTimeout(() => this.#listAgain(), listed === null ? INSTRUMENTS_RETRY_MS : this.#listRefreshMs)
    this.#openLines()
  }

  /** The lines of this product's books in that shard start anew. */
  reopenBooks(shard: number): void {
    for (const line of this.#context.depth.linesOf(shard)) {
      if (this.#lines.includes(line)) line.reopen('the L2 worker of these books started anew')
    }
  }

  /** Books are about to be spread anew. Nothing else is touched. */
  closeBooks(): void {
    for (const [line, feed] of this.#bookFeeds) {
      line.close()
      feed.retract()
    }
    this.#lines = this.#lines.filter(line => !this.#bookFeeds.has(line))
    this.#bookLines.clear()
    this.#bookFeeds.clear()
  }

  /** After `closeBooks`: by the shards as they are now. */
  openBooks(): void {
    if (this.#symbols === undefined || this.#isClosed) return
    this.#planBooks(this.#symbols)
    for (const line of this.#bookFeeds.keys()) line.open()
  }

  /** Rejects when the snapshot could not be had. */
  async resync(instrument: Instrument): Promise<void> {
    const line = this.#bookLines.get(instrument)
    // Without a connection the next one starts every book of its own accord.
    if (line === undefined || !line.isUp) return
    const { depth } = this.#product
    if (depth.snapshotSource === 'stream' || depth.snapshotRequest === undefined) {
      line.resubscribe({ kind: Kind.orderBookL2, instrument })
      return
    }
    this.#context.counters.add('restRequests')
    const body = await this.#rest.get(depth.snapshotRequest(instrument))
    // Books were spread anew meanwhile: another worker has this one, and asks for itself.
    if (this.#bookLines.get(instrument) !== line) return
    this.#context.depth.forwardRest(instrument, body, this.#context.clock.monotonicUs())
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#listTimer)
    this.#poller?.close()
    this.#rest.close()
    for (const line of this.#lines) line.close()
  }

  async #list(): Promise<ReadonlyMap<string, ListedInstrument> | null> {
    const { counters, limitedLog } = this.#context
    counters.add('restRequests')
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${INSTRUMENTS_MS_MAX} ms`)), INSTRUMENTS_MS_MAX)
    })
    const symbols = new Set(this.#streams.map(({ instrument }) => instrument.symbol))
    try {
      const fetched = fetchListed(this.#product, symbols, this.#rest, this.#context.lists)
      return await Promise.race([fetched, tooLate])
    } catch (error) {
      counters.add('restFailures')
      const reason = error instanceof Error ? error.message : String(error)
      limitedLog.write('warn', 'the list of instruments cannot be read: all are subscribed', this.#product.id, {
        reason,
      })
      return null
    } finally {
      clearTimeout(timer)
    }
  }

  #listAgain(): void {
    this.#list().then(listed => {
      if (this.#isClosed) return
      // Streams that the venue ignores do no harm: their books are withdrawn, and it is said which they are.
      if (listed !== null) this.#take(listed)
      const waitMs = listed === null ? INSTRUMENTS_RETRY_MS : this.#listRefreshMs
      this.#listTimer = setTimeout(() => this.#listAgain(), waitMs)
    })
  }

  #take(listed: ReadonlyMap<string, ListedInstrument>): void {
    const instruments = [...new Set(this.#streams.map(stream => stream.instrument))]
    for (const instrument of instruments) {
      const found = listed.get(instrument.symbol)
      if (found !== undefined) this.#context.sizes.set(instrument, found.contractValue)
    }
    const kept = new Set(keepListed(this.#product, instruments, listed, this.#context.limitedLog))
    this.#streams = this.#streams.filter(stream => kept.has(stream.instrument))
    const ended = instruments.filter(instrument => !kept.has(instrument))
    for (const feed of this.#decodedFeeds) feed.end(ended)
    // A venue that ends an instrument only falls silent: its last book would be shown for ever. Should frames come all the
    // same, the shard asks for the book again.
    const withBooks = ended.filter(instrument => this.#bookLines.has(instrument))
    if (withBooks.length > 0) this.#context.depth.linkDown(withBooks, this.#context.clock.monotonicUs())
  }

  #openLines(): void {
    const instruments = newSymbolIndex([...new Set(this.#streams.map(stream => stream.instrument))])
    this.#symbols = instruments
    for (const feed of ['trade', 'state'] as const) {
      for (const plan of this.#plan(feed, this.#streamsOf(feed))) {
        const events = new DecodedFeed(this.#context, this.#product, this.#index, instruments, plan.subscriptions)
        this.#decodedFeeds.push(events)
        this.#lines.push(this.#line(feed, plan, instruments, events))
      }
    }
    this.#planBooks(instruments)
    for (const line of this.#lines) line.open()
    this.#pollOpenInterest()
  }

  /** A connection per shard: a full ring pauses only its own. */
  #planBooks(instruments: SymbolIndex): void {
    const { depth } = this.#context
    const streams = this.#streamsOf('book')
    for (const shard of new Set(streams.map(({ instrument }) => depth.shardOf(instrument)))) {
      const ofShard = streams.filter(({ instrument }) => depth.shardOf(instrument) === shard)
      for (const plan of this.#plan('book', ofShard)) {
        const feed = new BookFeed(this.#context, this.#index)
        const line = this.#line('book', plan, instruments, feed)
        this.#bookFeeds.set(line, feed)
        for (const { instrument } of plan.subscriptions) this.#bookLines.set(instrument, line)
        depth.addLine(line, shard)
        this.#lines.push(line)
      }
    }
  }

  #plan(feed: Feed, streams: readonly Subscription[]): readonly ConnectionPlan[] {
    return streams.length === 0 ? [] : this.#product.plan(feed, streams, this.#context.planOptions)
  }

  #line(feed: Feed, plan: ConnectionPlan, instruments: SymbolIndex, lineEvents: LineEvents): DurableConnection {
    const { clock, counters, activities, limitedLog, nowMs, planOptions, tap } = this.#context
    const product = this.#product
    const endpoint = this.#endpoint
    const budget = this.#budget
    return new DurableConnection({
      product,
      feed,
      plan,
      endpoint,
      planOptions,
      instruments,
      clock,
      activities,
      counters,
      limitedLog,
      nowMs,
      tap,
      budget,
      lineEvents,
    })
  }

  #streamsOf(feed: Feed): readonly Subscription[] {
    return this.#streams.filter(stream => FEED_OF_KIND[stream.kind] === feed)
  }

  #pollOpenInterest(): void {
    const protocol = this.#product.openInterest
    const polled = this.#streams.filter(stream => stream.kind === Kind.openInterest)
    if (protocol === undefined || polled.length === 0) return
    const { clock, counters, limitedLog, sink, links } = this.#context
    this.#poller = new OpenInterestPoller({
      productId: this.#product.id,
      protocol,
      instruments: polled.map(stream => stream.instrument),
      rest: this.#rest,
      sink: sink.states,
      links,
      clock,
      counters,
      limitedLog,
    })
    this.#poller.start()
  }
}
