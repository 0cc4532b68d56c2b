// Everything of one venue product: its connections for trades, state and books, its polls, its REST. Products share only the
// publishers, so one that is down, slow or wrong never stops another. What is subscribed follows the venue's list of instruments.

import {
  FEED_OF_KIND,
  type Feed,
  type Instrument,
  Kind,
  type ProductIndex,
  type SizeUnits,
  StatusReason,
} from '@tradelane/shared/market/nouns'
import { ContractSizes } from '@tradelane/venues/sizes'
import { newSymbolIndex } from '@tradelane/venues/symbol-index'
import type { Product, Subscription, VenueSettings } from '@tradelane/venues/venue'
import { ConnectionFactory } from '../connection/connection-factory.js'
import { FieldWatch } from '../connection/field-watch.js'
import type { IngestContext } from '../ingest-context.js'
import { OpenInterestPoller } from '../rest/open-interest-poller.js'
import { RestClient } from '../rest/rest-client.js'
import { SilenceWatch } from '../silence/silence-watch.js'
import { BookConnections } from './book-connections.js'
import { DecodedConnections } from './decoded-connections.js'
import { type InstrumentState, type ListedState, ListFollower } from './list-follower.js'
import { SubscriptionStates } from './subscription-states.js'

export interface ProductSessionOptions {
  readonly product: Product
  readonly index: ProductIndex
  readonly endpoints: { readonly ws: string; readonly rest: string }
  readonly subscriptions: readonly Subscription[]
  readonly sizeUnits: SizeUnits
  readonly venueSettings: VenueSettings
  /** Before, it was halted or not listed. */
  readonly onTradesAgain?: (instrument: Instrument) => void
  /** For tests; otherwise the stated limits. */
  readonly listRefreshMs?: number
}

export class ProductSession {
  readonly #context: IngestContext
  readonly #options: ProductSessionOptions
  readonly #rest: RestClient
  readonly #sizes: ContractSizes
  readonly #list: ListFollower
  readonly #states: SubscriptionStates
  readonly #silence: SilenceWatch
  readonly #trades: DecodedConnections
  readonly #tops: DecodedConnections
  readonly #books: BookConnections
  #poller: OpenInterestPoller | undefined
  /** On a connection. */
  readonly #carried = new Set<Subscription>()
  /** By the venue's list. Absent before the first one. */
  #stateOf: ReadonlyMap<Instrument, InstrumentState> = new Map()
  #isClosed = false

  constructor(context: IngestContext, options: ProductSessionOptions) {
    const { product, index: productIndex, subscriptions, listRefreshMs: refreshMs } = options
    this.#context = context
    this.#options = options
    this.#sizes = new ContractSizes(options.sizeUnits)
    const rest = newRestClient(context, options)
    this.#rest = rest
    this.#states = new SubscriptionStates(context, { product, productIndex, subscriptions })
    this.#list = new ListFollower(context, {
      product,
      instruments: instrumentsOf(subscriptions),
      rest,
      refreshMs,
      onList: states => this.#applyList(states),
      onLate: () => this.#openUnlisted(),
    })
    this.#silence = new SilenceWatch(context, product)
    const factory = newFactory(context, options)
    const shared = { productIndex, factory, sizes: this.#sizes, silence: this.#silence }
    this.#trades = new DecodedConnections(context, { ...shared, feed: 'trade' })
    this.#tops = new DecodedConnections(context, { ...shared, feed: 'state' })
    this.#books = new BookConnections(context, { ...shared, rest })
  }

  /** Resolves after the first answer to the request for the list; never rejects. */
  async start(): Promise<void> {
    await this.#list.start()
  }

  /** A shard has restarted. */
  reopenBooks(shard: number): void {
    this.#books.reopen(shard)
  }

  /** Before the books are resharded. Trades and state are not touched. */
  closeBooks(): void {
    this.#books.close()
  }

  /** After `closeBooks`: by the shards as they are now. */
  openBooks(): void {
    if (this.#isClosed) return
    const books = [...this.#carried].filter(isOf('book'))
    this.#books.open(books)
    for (const { instrument } of books) if (this.#isHalted(instrument)) this.#books.halt(instrument)
    this.#books.stateAbsent()
  }

  /** Polls wait for them. */
  setSnapshotsWaiting(isWaiting: boolean): void {
    this.#rest.setWaiting(isWaiting)
  }

  /** Snapshots do not help this book: another connection may. */
  renewBook(instrument: Instrument): void {
    this.#books.renew(instrument)
  }

  /** Rejects when there is no snapshot. */
  async resync(instrument: Instrument): Promise<void> {
    await this.#books.resync(instrument)
  }

  close(): void {
    this.#isClosed = true
    this.#list.close()
    this.#poller?.close()
    this.#silence.close()
    this.#rest.close()
    for (const connections of [this.#trades, this.#tops, this.#books]) connections.close()
  }

  /** The list is not there yet: all are assumed to be listed. Subscriptions that the venue ignores do no harm. */
  #openUnlisted(): void {
    const { product, subscriptions } = this.#options
    // The value of a contract is not guessed: nothing is subscribed before the venue has listed it.
    if (product.hasContracts) return
    this.#open(subscriptions)
    this.#publishStates()
  }

  #applyList(listed: readonly ListedState[]): void {
    const before = this.#stateOf
    this.#stateOf = new Map(listed.map(({ instrument, state }) => [instrument, state]))
    for (const each of listed) this.#takeSize(each)
    for (const { instrument, state } of listed) {
      const subscriptions = this.#options.subscriptions.filter(each => each.instrument === instrument)
      const last = before.get(instrument)
      if (state === 'not-listed') this.#leaveOut(subscriptions, StatusReason.notListed)
      else if (state === 'not-trading') this.#halt(instrument, subscriptions, last)
      else if (last === 'not-trading') this.#resume(instrument, subscriptions)
    }
    const isWanted = ({ instrument }: Subscription): boolean => this.#stateOf.get(instrument) === 'trading'
    this.#open(this.#options.subscriptions.filter(isWanted))
    for (const { instrument, state } of listed) {
      if (state === 'trading' && before.has(instrument) && before.get(instrument) !== 'trading') {
        this.#options.onTradesAgain?.(instrument)
      }
    }
    this.#publishStates()
  }

  /** The value of one that does not trade may be unknown: the last one counts for what still comes. */
  #takeSize({ instrument, state, listed }: ListedState): void {
    if (state !== 'trading' || listed === undefined) return
    const last = this.#sizes.set(instrument, listed.contractValue)
    if (last === null) return
    const { product } = this.#options
    this.#context.limitedLog.write('warn', 'contract value changed', `${product.id} ${instrument.symbol}`, {
      from: last,
      to: listed.contractValue,
    })
    // Amounts of a book are multiplied where it is kept, by the value with which it began.
    this.#books.restart(instrument)
  }

  /** It stays subscribed where it is: what comes first when it trades again is not missed. */
  #halt(instrument: Instrument, subscriptions: readonly Subscription[], last: InstrumentState | undefined): void {
    this.#silence.setHalted(instrument, true)
    const absent = subscriptions.filter(each => !this.#carried.has(each))
    this.#leaveOut(absent, StatusReason.notTrading)
    const isBookCarried = subscriptions.some(each => isOf('book')(each) && this.#carried.has(each))
    if (isBookCarried && last !== 'not-trading') this.#books.halt(instrument)
  }

  /** What a new connection was refused meanwhile is requested again, on another one. */
  #resume(instrument: Instrument, subscriptions: readonly Subscription[]): void {
    const refused = subscriptions.filter(each => this.#connectionsOf(each).refuses(each))
    this.#leaveOut(refused, StatusReason.notTrading)
    this.#silence.setHalted(instrument, false)
    this.#books.resume(instrument)
  }

  #leaveOut(subscriptions: readonly Subscription[], reason: StatusReason): void {
    for (const subscription of subscriptions) {
      // Others need it, and to this instrument it brings nothing.
      if (this.#isShared(subscription) && this.#carried.has(subscription)) continue
      this.#carried.delete(subscription)
      this.#connectionsOf(subscription).leaveOut(subscription, reason)
    }
  }

  #open(subscriptions: readonly Subscription[]): void {
    if (subscriptions.length === 0) return
    // What is shared is opened once, for all instruments: it brings nothing of those that do not trade.
    const shared = this.#options.subscriptions.filter(each => this.#isShared(each))
    const own = subscriptions.filter(each => !this.#isShared(each))
    const added = [...own, ...shared].filter(each => !this.#carried.has(each))
    if (added.length === 0) return
    for (const subscription of added) this.#carried.add(subscription)
    this.#trades.open(added.filter(isOf('trade')))
    this.#tops.open(added.filter(isOf('state')))
    this.#books.open(added.filter(isOf('book')))
  }

  #publishStates(): void {
    const reasonOf = ({ instrument }: Subscription): StatusReason | null =>
      REASONS[this.#stateOf.get(instrument) ?? 'trading']
    const polled = [...this.#carried].filter(each => each.kind === Kind.openInterest && reasonOf(each) === null)
    this.#pollOpenInterest(instrumentsOf(polled))
    this.#states.publish(reasonOf, this.#carried)
  }

  #isHalted(instrument: Instrument): boolean {
    return this.#stateOf.get(instrument) === 'not-trading'
  }

  #isShared({ kind }: Subscription): boolean {
    return kind === Kind.liquidation && this.#options.product.areLiquidationsShared === true
  }

  #connectionsOf({ kind }: Subscription): DecodedConnections | BookConnections {
    const feed = FEED_OF_KIND[kind]
    if (feed === 'book') return this.#books
    return feed === 'trade' ? this.#trades : this.#tops
  }

  #pollOpenInterest(instruments: readonly Instrument[]): void {
    const { product, index } = this.#options
    if (product.openInterest === undefined) return
    if (this.#poller !== undefined) {
      this.#poller.follow(instruments)
      return
    }
    if (instruments.length === 0) return
    this.#poller = new OpenInterestPoller(this.#context, {
      productId: product.id,
      productIndex: index,
      protocol: product.openInterest,
      instruments,
      rest: this.#rest,
    })
    this.#poller.start()
  }
}

const REASONS: Readonly<Record<InstrumentState, StatusReason | null>> = {
  trading: null,
  'not-trading': StatusReason.notTrading,
  'not-listed': StatusReason.notListed,
}

function isOf(feed: Feed): (subscription: Subscription) => boolean {
  return ({ kind }) => FEED_OF_KIND[kind] === feed
}

function instrumentsOf(subscriptions: readonly Subscription[]): readonly Instrument[] {
  return [...new Set(subscriptions.map(({ instrument }) => instrument))]
}

function newFactory(
  { environment, counters, limitedLog, hosts }: IngestContext,
  { product, endpoints, venueSettings, subscriptions }: ProductSessionOptions,
): ConnectionFactory {
  const instruments = newSymbolIndex(instrumentsOf(subscriptions))
  const endpoint = endpoints.ws
  return new ConnectionFactory({
    product,
    endpoint,
    venueSettings,
    instruments,
    environment,
    host: hosts.sockets(product.limits),
    fields: new FieldWatch(product, { counters, limitedLog }),
    counters,
    limitedLog,
  })
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
