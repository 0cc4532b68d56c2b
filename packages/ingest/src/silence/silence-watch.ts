// Watches all connections of one product for silence, once a second: who is silent is withheld at once, and its connection
// replaced by another that is opened beside it (`watched-feed.ts`). One per product, because the kinds of an instrument, which
// prove each other, come on different connections.

import type { Instrument } from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { Product, Subscription } from '@tradelane/venues/venue'
import type { IngestContext } from '../ingest-context.js'
import { WATCH_MS } from '../limits.js'
import { SilenceJudge } from './silence-judge.js'
import { type WatchableFeed, WatchedFeed } from './watched-feed.js'

/** A look that comes this late means that this thread, or the machine, stood still: of no subject is its age known. */
const LATE_LOOK_US = 3_000 * WATCH_MS

export class SilenceWatch {
  readonly #context: IngestContext
  readonly #product: Product
  readonly #judge: SilenceJudge
  readonly #feeds = new Set<WatchedFeed>()
  readonly #timer: Timer
  #connectionCount = 0
  #lookedUs: number

  constructor(context: IngestContext, product: Product) {
    const { timers, clock } = context.environment
    this.#context = context
    this.#product = product
    this.#judge = new SilenceJudge({
      onSilent: (subject, cause, ageUs) => this.#feedOf(subject)?.fellSilent(subject, cause, ageUs),
      onHeard: subject => this.#feedOf(subject)?.heardAgain(subject),
    })
    this.#lookedUs = clock.monotonicUs()
    this.#timer = timers.setInterval(this.#look, WATCH_MS)
  }

  watch(feed: WatchableFeed, subscriptions: readonly Subscription[]): WatchedFeed {
    this.#connectionCount += 1
    const watched = new WatchedFeed(this.#context, {
      product: this.#product,
      feed,
      subscriptions,
      judge: this.#judge,
      connection: this.#connectionCount,
    })
    this.#feeds.add(watched)
    return watched
  }

  /** By the venue's list. */
  setHalted(instrument: Instrument, isHalted: boolean): void {
    this.#judge.setHalted(instrument.id, isHalted, this.#context.environment.clock.monotonicUs())
  }

  /** Its connection is closed. */
  forget(feed: WatchedFeed): void {
    this.#feeds.delete(feed)
    feed.drop()
  }

  close(): void {
    this.#context.environment.timers.clear(this.#timer)
  }

  readonly #look = (): void => {
    const { clock, nowMs } = this.#context.environment
    const nowUs = clock.monotonicUs()
    if (nowUs - this.#lookedUs > LATE_LOOK_US) this.#judge.restart(null, nowUs)
    this.#lookedUs = nowUs
    for (const feed of this.#feeds) if (!feed.isRead) feed.restart(nowUs)
    this.#judge.look(nowUs)
    for (const feed of this.#feeds) feed.remedy(nowMs())
  }

  #feedOf(subject: number): WatchedFeed | undefined {
    for (const feed of this.#feeds) if (feed.has(subject)) return feed
    return undefined
  }
}
