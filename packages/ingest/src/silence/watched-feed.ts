// Stands between a durable connection and its feed: reports to the silence watch what came when, and to the feed which of its
// subscriptions are silent, and asks for another connection beside the silent one. While it stays silent nevertheless, or soon
// is again, it asks after pauses that grow: what did not help is not repeated soon, and a quiet market keeps its connection.

import assert from 'node:assert/strict'
import {
  KIND_NAMES,
  Kind,
  type MonotonicUs,
  type StatusReason,
  type SubscribedKind,
} from '@tradelane/shared/market/nouns'
import { FrameClass, type FrameHead } from '@tradelane/venues/frame-class'
import type { Product, Subscription } from '@tradelane/venues/venue'
import type { ConnectionReceiver } from '../connection/connection-receiver.js'
import type { DurableConnection } from '../connection/durable-connection.js'
import type { IngestContext } from '../ingest-context.js'
import { SILENCE_CALM_MS, SILENCE_PAUSE_GROWTH, SILENCE_PAUSE_MS_MAX, SILENCE_PAUSE_MS_MIN } from '../limits.js'
import { NO_SUBJECT, type SilenceCause, type SilenceJudge } from './silence-judge.js'

/** A feed that learns from the silence watch. */
export interface WatchableFeed extends ConnectionReceiver {
  /** All that are silent now: nothing comes of them, although it should. Forgotten at `onUp(false)`. */
  setSilent(silent: ReadonlySet<Subscription>): void
  /** Before `onUp(true)`: of these, something may be missing that the connection before should have brought. */
  onUncertain(uncertain: ReadonlySet<Subscription>): void
}

export interface WatchedFeedOptions {
  readonly product: Product
  readonly feed: WatchableFeed
  readonly subscriptions: readonly Subscription[]
  readonly judge: SilenceJudge
  /** Its number in the judge. */
  readonly connection: number
}

/** Frame classes are below this. */
const CLASSES = 8

export class WatchedFeed implements ConnectionReceiver {
  readonly #context: IngestContext
  readonly #options: WatchedFeedOptions
  readonly #feed: WatchableFeed
  readonly #judge: SilenceJudge
  /** By instrument id and class of frame. */
  readonly #subjects: Int32Array
  readonly #whole: number
  readonly #subscriptionOf = new Map<number, Subscription>()
  readonly #silent = new Set<number>()
  #durable: DurableConnection | undefined
  #replaceMs = Number.NEGATIVE_INFINITY
  #pauseMs = SILENCE_PAUSE_MS_MIN
  /** When nothing was silent any more. */
  #heardAgainMs = Number.NEGATIVE_INFINITY
  #isUp = false

  constructor(context: IngestContext, options: WatchedFeedOptions) {
    const { product, judge, connection } = options
    this.#context = context
    this.#options = options
    this.#feed = options.feed
    this.#judge = judge
    // Of liquidations nothing can be expected.
    const judged = options.subscriptions.filter(({ kind }) => kind !== Kind.liquidation)
    const idMax = Math.max(0, ...judged.map(({ instrument }) => instrument.id))
    this.#subjects = new Int32Array((idMax + 1) * CLASSES)
    for (const subscription of judged) {
      const { kind, instrument } = subscription
      const heartbeatMs = product.heartbeatMs?.[kind]
      const of = { instrument: instrument.id, kind }
      const heartbeatUs = heartbeatMs === undefined ? null : heartbeatMs * 1_000
      const subject = judge.add({ connection, of, heartbeatUs })
      this.#subjects[instrument.id * CLASSES + CLASS_OF_KIND[kind]] = subject
      this.#subscriptionOf.set(subject, subscription)
    }
    this.#whole = judged.length > 1 ? judge.add({ connection, of: null, heartbeatUs: null }) : NO_SUBJECT
  }

  /** The connection that delivers to it. */
  attach(durable: DurableConnection): void {
    assert(this.#durable === undefined, 'a watched feed has one durable connection')
    this.#durable = durable
  }

  /** Otherwise nothing can be heard, and no age means anything. */
  get isRead(): boolean {
    return this.#isUp && this.#durable?.isPaused === false
  }

  onUp(isSeamless: boolean): void {
    const nowUs = this.#context.environment.clock.monotonicUs()
    this.#isUp = true
    if (isSeamless && this.#silent.size > 0) this.#feed.onUncertain(this.#uncertain())
    this.#feed.onUp(isSeamless)
    if (isSeamless) this.#judge.handedOver(this.#options.connection, nowUs)
    else this.restart(nowUs)
  }

  onSettled(refused: ReadonlySet<Subscription>): void {
    this.#feed.onSettled?.(refused)
  }

  onFrame(frame: Buffer, head: FrameHead, receivedUs: MonotonicUs): void {
    // The head may be another frame's when the feed is done.
    const { instrument, frameClass } = head
    this.#feed.onFrame(frame, head, receivedUs)
    if (instrument === undefined || frameClass === FrameClass.liquidation) return
    this.#judge.heard(this.#subjects[instrument.id * CLASSES + frameClass] ?? NO_SUBJECT, receivedUs)
    this.#judge.heard(this.#whole, receivedUs)
  }

  onChunkEnd(): void {
    this.#feed.onChunkEnd?.()
  }

  onDown(reason: StatusReason): void {
    this.#isUp = false
    this.#feed.onDown(reason)
  }

  restart(nowUs: number): void {
    this.#judge.restart(this.#options.connection, nowUs)
  }

  /** It is not carried any more. */
  leaveOut(subscription: Subscription): void {
    for (const [subject, { kind, instrument }] of this.#subscriptionOf) {
      if (kind !== subscription.kind || instrument !== subscription.instrument) continue
      // Reports the end of its silence.
      this.#judge.dropSubject(subject)
      this.#subscriptionOf.delete(subject)
    }
  }

  drop(): void {
    this.#judge.drop(this.#options.connection)
  }

  has(subject: number): boolean {
    return subject === this.#whole ? subject !== NO_SUBJECT : this.#subscriptionOf.has(subject)
  }

  fellSilent(subject: number, cause: SilenceCause, ageUs: number): void {
    const { counters, limitedLog, environment } = this.#context
    if (this.#silent.size === 0 && environment.nowMs() - this.#heardAgainMs >= SILENCE_CALM_MS) {
      this.#replaceMs = Number.NEGATIVE_INFINITY
      this.#pauseMs = SILENCE_PAUSE_MS_MIN
    }
    this.#silent.add(subject)
    counters.add('silences')
    const { product } = this.#options
    const subscription = this.#subscriptionOf.get(subject)
    const what = subscription
      ? `${subscription.instrument.symbol} ${KIND_NAMES[subscription.kind]}`
      : 'a whole connection'
    limitedLog.write('warn', 'silent, opening another connection beside it', `${product.id} ${what}`, {
      by: cause,
      silentMs: Math.round(ageUs / 1_000),
    })
    this.#report()
  }

  /** That may be the first frame of a replacement, and the last: it has not helped yet. */
  heardAgain(subject: number): void {
    this.#silent.delete(subject)
    if (this.#silent.size === 0) this.#heardAgainMs = this.#context.environment.nowMs()
    this.#report()
  }

  /** Called once a second. */
  remedy(nowMs: number): void {
    if (this.#silent.size === 0 || !this.#isUp || nowMs < this.#replaceMs) return
    if (this.#durable?.renew() !== true) return
    this.#replaceMs = nowMs + this.#pauseMs
    this.#pauseMs = Math.min(SILENCE_PAUSE_MS_MAX, this.#pauseMs * SILENCE_PAUSE_GROWTH)
  }

  /**
   * The silent ones, and whatever did not come since they fell silent: if the whole connection did, a thin one lost as much,
   * unnoticed. Of liquidations nothing is known.
   */
  #uncertain(): Set<Subscription> {
    let silentUs = Number.NEGATIVE_INFINITY
    for (const subject of this.#silent) silentUs = Math.max(silentUs, this.#judge.agedSinceUs(subject))
    const proven = new Set<Subscription>()
    for (const [subject, subscription] of this.#subscriptionOf) {
      if (!this.#silent.has(subject) && this.#judge.heardUs(subject) > silentUs) proven.add(subscription)
    }
    return new Set(this.#options.subscriptions.filter(subscription => !proven.has(subscription)))
  }

  #report(): void {
    const isWhole = this.#silent.has(this.#whole)
    const silent = new Set<Subscription>()
    for (const [subject, subscription] of this.#subscriptionOf) {
      if (isWhole || this.#silent.has(subject)) silent.add(subscription)
    }
    if (this.#isUp) this.#feed.setSilent(silent)
  }
}

const CLASS_OF_KIND = {
  [Kind.trade]: FrameClass.trade,
  [Kind.liquidation]: FrameClass.liquidation,
  [Kind.orderBookL1]: FrameClass.top,
  [Kind.openInterest]: FrameClass.openInterest,
  [Kind.orderBookL2]: FrameClass.depth,
} as const satisfies Record<SubscribedKind, FrameClass>
