// Trades and liquidations that came and could not be read, of one feed. Where the ids of others do not show it, each is a gap:
// in its place before the next event of its instrument, at the latest at the end of its frame. A venue that sends nothing
// readable does not flood the trade log: gaps without an event between them come once per interval.

import type { UnreadKind } from '@tradelane/shared/market/market-events'
import { type Instrument, Kind, type MonotonicUs, type SubscribedKind } from '@tradelane/shared/market/nouns'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import type { Timer } from '@tradelane/shared/thread/timers'
import { FrameClass, type FrameHead } from '@tradelane/venues/frame-class'
import type { Product, Subscription } from '@tradelane/venues/venue'
import type { IngestContext } from '../ingest-context.js'
import { MISSED_GAPS_MS } from '../limits.js'

export interface MissedEventsOptions {
  readonly product: Product
  readonly subscriptions: readonly Subscription[]
}

export class MissedEvents {
  readonly #context: IngestContext
  readonly #options: MissedEventsOptions
  /** Not published yet. */
  readonly #pending = new Map<Instrument, Set<SubscribedKind>>()
  #instrument: Instrument | undefined
  #receivedUs = DOUBLE_ZERO as MonotonicUs
  #reportedCount = 0
  #isSettled = false
  /** Runs for an interval after gaps were published. */
  #timer: Timer | undefined

  constructor(context: IngestContext, options: MissedEventsOptions) {
    this.#context = context
    this.#options = options
  }

  /** The decoder reads this frame next. */
  beginFrame(head: FrameHead, receivedUs: MonotonicUs): void {
    this.#instrument = head.instrument
    this.#receivedUs = receivedUs
    this.#reportedCount = 0
  }

  /** From the decoder, in the place of the event. Undefined: of the frame's instrument, or of any where the frame has none. */
  readonly report = (kind: UnreadKind, instrument: Instrument | undefined): void => {
    this.#reportedCount += 1
    const { trades } = this.#context.publishers
    for (const each of this.#affected(kind, instrument ?? this.#instrument)) {
      if (!trades.missed(each, kind, this.#receivedUs)) continue
      const kinds = this.#pending.get(each)
      if (kinds === undefined) this.#pending.set(each, new Set([kind]))
      else kinds.add(kind)
    }
  }

  /** What the decoder did not report in its place was the whole frame. */
  endFrame(frameClass: FrameClass, malformedCount: number): void {
    const kind = KIND_OF_CLASS[frameClass]
    if (kind === undefined) return
    if (malformedCount > this.#reportedCount) this.report(kind, undefined)
    if (this.#timer === undefined) this.#publish()
  }

  /** All gaps of this feed were published, and nothing is missed from now on. */
  onSettled(): void {
    this.#isSettled = true
    this.#pending.clear()
  }

  /** The gaps of a lost connection, or of one that does not carry everything yet, will cover these too. */
  onUnsettled(): void {
    this.#isSettled = false
    this.#pending.clear()
  }

  close(): void {
    this.#context.environment.timers.clear(this.#timer)
  }

  readonly #publish = (): void => {
    this.#timer = undefined
    if (!this.#isSettled || this.#pending.size === 0) return
    const { publishers, environment } = this.#context
    for (const [instrument, kinds] of this.#pending) publishers.trades.resume(instrument, kinds)
    this.#pending.clear()
    this.#timer = environment.timers.setTimeout(this.#publish, MISSED_GAPS_MS)
  }

  #affected(kind: UnreadKind, instrument: Instrument | undefined): readonly Instrument[] {
    if (instrument !== undefined) return [instrument]
    const { product, subscriptions } = this.#options
    if (kind !== Kind.liquidation || !product.areLiquidationsShared) return []
    return subscriptions.filter(each => each.kind === kind).map(each => each.instrument)
  }
}

const KIND_OF_CLASS: Readonly<Partial<Record<FrameClass, UnreadKind>>> = {
  [FrameClass.trade]: Kind.trade,
  [FrameClass.liquidation]: Kind.liquidation,
}
