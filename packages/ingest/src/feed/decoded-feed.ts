// Receives the frames of connections that carry trades or state of one product: they are decoded here, in the thread that
// received them, and go directly to the publishers. After a disconnect, completeness is uncertain for the trades and liquidations
// that the connection carried: both of an instrument, or one of them, for they may be on two connections. A subscription that the
// venue refuses on the next connection stays uncertain until a connection carries it again; until then the link of its kind is
// down.

import assert from 'node:assert/strict'
import {
  type Instrument,
  Kind,
  type MonotonicUs,
  type ProductIndex,
  StatusReason,
  type SubscribedKind,
} from '@tradelane/shared/market/nouns'
import type { CounterName } from '@tradelane/shared/thread/metric-table'
import type { Timer } from '@tradelane/shared/thread/timers'
import { FrameClass, type FrameHead } from '@tradelane/venues/frame-class'
import type { FrameDecoder, Product, Sizes, Subscription, SymbolIndex } from '@tradelane/venues/venue'
import type { IngestContext } from '../ingest-context.js'
import { RELEASE_MS } from '../limits.js'
import type { Link } from '../publish/link-publisher.js'
import type { WatchableFeed } from '../silence/watched-feed.js'
import { MissedEvents } from './missed-events.js'

export interface DecodedFeedOptions {
  readonly product: Product
  readonly productIndex: ProductIndex
  readonly instruments: SymbolIndex
  readonly sizes: Sizes
  readonly subscriptions: readonly Subscription[]
}

/** One per durable connection: a decoder merges what one connection brings. */
export class DecodedFeed implements WatchableFeed {
  readonly #context: IngestContext
  readonly #productId: string
  readonly #decoder: FrameDecoder
  #subscriptions: readonly Subscription[]
  readonly #links = new Map<SubscribedKind, Link>()
  /** Acknowledged at least once. What was refused from the start was never promised: nothing of it is missed. */
  readonly #served = new Set<Subscription>()
  /** By the connection in use. Empty until it is settled. */
  #refused: ReadonlySet<Subscription> = NONE
  /** Served before, refused by the connection in use. */
  readonly #withdrawn = new Set<Subscription>()
  /** Nothing comes of these although it should. */
  #silent: ReadonlySet<Subscription> = NONE
  readonly #missed: MissedEvents
  #isUp = false
  #releaseTimer: Timer | undefined
  /** When its connections last brought anything. Null before the first. */
  #heardUs: MonotonicUs | null = null

  constructor(context: IngestContext, options: DecodedFeedOptions) {
    const { product, productIndex, instruments, sizes, subscriptions } = options
    const { publishers } = context
    this.#context = context
    this.#productId = product.id
    this.#missed = new MissedEvents(context, { product, subscriptions })
    const { trades, states } = publishers
    this.#decoder = product.newDecoder(instruments, { trades, states, missed: this.#missed.report }, sizes)
    this.#subscriptions = subscriptions
    for (const kind of new Set(subscriptions.map(subscription => subscription.kind))) {
      this.#links.set(kind, publishers.links.newLink(productIndex, kind))
    }
  }

  onUp(isSeamless: boolean): void {
    const { publishers, environment } = this.#context
    for (const { kind, instrument } of this.#subscriptions) {
      if (kind === Kind.liquidation) publishers.trades.onConnectionChanged(instrument)
      else if (kind === Kind.trade && isSeamless) publishers.trades.onOverlap(instrument)
    }
    this.#isUp = true
    this.#missed.onUnsettled()
    if (!isSeamless) this.#silent = NONE
    this.#refused = NONE
    this.#heardUs = environment.clock.monotonicUs()
    environment.timers.clear(this.#releaseTimer)
    this.#decoder.onConnected(this.#heardUs, isSeamless)
    this.#setLinks()
  }

  onSettled(refused: ReadonlySet<Subscription>): void {
    assert(this.#isUp, 'a connection is up before it is settled')
    this.#refused = refused
    this.#withdrawn.clear()
    for (const subscription of this.#subscriptions) {
      if (!refused.has(subscription)) this.#served.add(subscription)
      else if (this.#served.has(subscription)) this.#withdrawn.add(subscription)
    }
    // A connection that was replaced in time carried them until now.
    this.#markUncertain(subscription => this.#withdrawn.has(subscription))
    const isBack = (each: Subscription): boolean => !refused.has(each)
    const { publishers, environment } = this.#context
    const { trades } = publishers
    for (const [instrument, kinds] of kindsByInstrument(this.#subscriptions.filter(isBack))) {
      trades.resume(instrument, kinds)
    }
    this.#missed.onSettled()
    environment.timers.clear(this.#releaseTimer)
    this.#releaseTimer = environment.timers.setTimeout(() => this.#decoder.release?.(), RELEASE_MS)
    this.#setLinks()
  }

  onFrame(frame: Buffer, head: FrameHead, receivedUs: MonotonicUs): void {
    assert(this.#isUp, 'no frame comes before its connection is up')
    this.#heardUs = receivedUs
    this.#missed.beginFrame(head, receivedUs)
    const malformedCount = this.#decoder.decode(frame, head.frameClass, receivedUs)
    if (this.#decoder.wasParsed) this.#context.counters.add('framesParsed')
    if (malformedCount === 0) return
    this.#malformed(malformedCount, frame, head)
    this.#missed.endFrame(head.frameClass, malformedCount)
  }

  setSilent(silent: ReadonlySet<Subscription>): void {
    assert(this.#isUp, 'what has no connection is down, not silent')
    this.#silent = silent
    this.#setLinks()
  }

  onUncertain(uncertain: ReadonlySet<Subscription>): void {
    this.#markUncertain(subscription => uncertain.has(subscription) && !this.#refused.has(subscription))
  }

  onDown(reason: StatusReason): void {
    this.#context.environment.timers.clear(this.#releaseTimer)
    this.#decoder.release?.()
    // What was missed before the first connection was never promised.
    if (this.#heardUs !== null) this.#markUncertain(subscription => !this.#refused.has(subscription))
    this.#isUp = false
    this.#missed.onUnsettled()
    for (const link of this.#links.values()) link.down(reason)
  }

  /**
   * Its connections carry these no longer. What the venue publishes from now on is missed, until another feed carries them; if a
   * frame still comes, the gap precedes it.
   */
  leaveOut(subscriptions: readonly Subscription[]): void {
    const isLeftOut = (each: Subscription): boolean => subscriptions.includes(each)
    this.#markUncertain(each => isLeftOut(each) && this.#served.has(each))
    this.#subscriptions = this.#subscriptions.filter(each => !isLeftOut(each))
    for (const subscription of subscriptions) this.#withdrawn.delete(subscription)
    if (this.#isUp) this.#setLinks()
  }

  /** Its connection is closed: what it carried is carried by others, or not at all. */
  retract(): void {
    this.#isUp = false
    for (const link of this.#links.values()) link.retract()
    this.close()
  }

  close(): void {
    this.#context.environment.timers.clear(this.#releaseTimer)
    this.#missed.close()
  }

  #markUncertain(isAffected: (subscription: Subscription) => boolean): void {
    const { trades } = this.#context.publishers
    for (const [instrument, kinds] of kindsByInstrument(this.#subscriptions.filter(isAffected))) {
      trades.markUncertain(instrument, kinds, this.#heardUs)
    }
  }

  #setLinks(): void {
    const missing = [...this.#refused].filter(each => this.#subscriptions.includes(each))
    const missingKinds = new Set(missing.map(({ kind }) => kind))
    const silent = [...this.#silent].filter(each => this.#subscriptions.includes(each))
    const silentKinds = new Set(silent.map(({ kind }) => kind))
    for (const [kind, link] of this.#links) {
      if (missingKinds.has(kind)) link.down(StatusReason.refused)
      else if (silentKinds.has(kind)) link.down(StatusReason.silent)
      else link.live()
    }
  }

  #malformed(count: number, frame: Buffer, head: FrameHead): void {
    const { counters, limitedLog } = this.#context
    counters.add(malformedCounter(head.frameClass), count)
    limitedLog.write('warn', 'malformed events from a venue, left out', this.#productId, {
      symbol: head.instrument?.symbol,
      start: frame.toString('utf8', 0, 80),
    })
  }
}

const NONE: ReadonlySet<Subscription> = new Set()

function malformedCounter(frameClass: FrameClass): CounterName {
  if (frameClass === FrameClass.trade) return 'tradesMalformed'
  return frameClass === FrameClass.liquidation ? 'liquidationsMalformed' : 'statesMalformed'
}

function kindsByInstrument(subscriptions: readonly Subscription[]): Map<Instrument, Set<SubscribedKind>> {
  const found = new Map<Instrument, Set<SubscribedKind>>()
  for (const { instrument, kind } of subscriptions) {
    const kinds = found.get(instrument)
    if (kinds === undefined) found.set(instrument, new Set([kind]))
    else kinds.add(kind)
  }
  return found
}
