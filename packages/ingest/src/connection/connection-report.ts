// What the log says about one connection: malformed frames, subscriptions that were refused, or acknowledged and silent, its end.

import assert from 'node:assert/strict'
import { type Feed, type Instrument, KIND_NAMES } from '@tradelane/shared/market/nouns'
import type { Subscription } from '@tradelane/venues/venue'
import { reportVenueChange } from '../host/venue-change.js'
import type { ConnectionSetup } from './connection-setup.js'

export class ConnectionReport {
  readonly #setup: ConnectionSetup
  readonly #feed: Feed
  readonly #subscriptions: readonly Subscription[]
  readonly #refused = new Set<Subscription>()
  /** By instrument id: whether any frame came. */
  readonly #hasHeard: boolean[] = []
  #isSilenceReported = false

  constructor(setup: ConnectionSetup, feed: Feed, subscriptions: readonly Subscription[]) {
    this.#setup = setup
    this.#feed = feed
    this.#subscriptions = subscriptions
  }

  get refused(): ReadonlySet<Subscription> {
    return this.#refused
  }

  refuse(subscription: Subscription, reason: string): void {
    assert(this.#subscriptions.includes(subscription), 'a venue refuses what this connection subscribed')
    this.#refused.add(subscription)
    const { product, counters, limitedLog } = this.#setup
    counters.add('subscriptionsRefused')
    const subject = `${product.id} ${subscription.instrument.symbol} ${KIND_NAMES[subscription.kind]}`
    limitedLog.write('warn', 'subscription refused by the venue, left out', subject, { reason })
    reportVenueChange(this.#setup, subject, 'it refuses a subscription')
  }

  malformed(what: string, frame?: Buffer): void {
    const { product, counters, limitedLog } = this.#setup
    counters.add('framesMalformed')
    const fields = frame ? { start: frame.toString('utf8', 0, 80) } : {}
    limitedLog.write('warn', what, `${product.id} ${this.#feed}`, fields)
  }

  /** It costs more than others, and is delivered like them. */
  unusual(frame: Buffer): void {
    const { product, counters, limitedLog } = this.#setup
    counters.add('framesUnusual')
    const fields = { start: frame.toString('utf8', 0, 80) }
    limitedLog.write('warn', 'frames of a venue have another form than usual', `${product.id} ${this.#feed}`, fields)
  }

  heard(instrument: Instrument | undefined): void {
    if (instrument !== undefined) this.#hasHeard[instrument.id] = true
  }

  /** Some venues acknowledge a name that they do not know, or do not carry here, and then send nothing. Trades may be rare. */
  reportSilent(missing: ReadonlySet<Subscription>): void {
    if (this.#isSilenceReported) return
    this.#isSilenceReported = true
    if (this.#feed === 'trade') return
    const { product, limitedLog } = this.#setup
    for (const subscription of this.#subscriptions) {
      const { instrument } = subscription
      if (missing.has(subscription) || this.#hasHeard[instrument.id]) continue
      const subject = `${product.id} ${instrument.symbol} ${this.#feed}`
      limitedLog.write('warn', 'subscription acknowledged, but no frame came', subject)
      reportVenueChange(this.#setup, subject, 'it acknowledges a subscription and sends nothing')
    }
  }
}

export function logEnd({ product, limitedLog }: ConnectionSetup, feed: Feed, wasUp: boolean, detail: string): void {
  const what = wasUp ? 'venue connection ended' : 'venue connection could not be opened'
  limitedLog.write('warn', what, `${product.id} ${feed}`, { detail })
}
