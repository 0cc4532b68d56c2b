// The requests of one connection: what it subscribes, in time for the venue's limits and pauses, and what of it is missing.

import assert from 'node:assert/strict'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { ControlFrame, Subscription } from '@tradelane/venues/venue'
import { RequestPauses } from '../host/request-pauses.js'
import type { ConnectionReport } from './connection-report.js'
import type { ConnectionSetup } from './connection-setup.js'
import { Subscriber } from './subscriber.js'

export interface ConnectionRequestsOptions {
  readonly subscriptions: readonly Subscription[]
  readonly report: ConnectionReport
  readonly send: (text: string) => void
  /** Everything was acknowledged or refused, and not all refused; again when that changes. */
  readonly onSettled: () => void
  /** None of the subscriptions exists. */
  readonly onAllRefused: () => void
}

export class ConnectionRequests {
  readonly #setup: ConnectionSetup
  readonly #options: ConnectionRequestsOptions
  readonly #pauses: RequestPauses
  readonly #subscriber: Subscriber
  /** Not carried any longer. */
  readonly #leftOut = new Set<Subscription>()
  #missing: ReadonlySet<Subscription> = new Set()
  #timer: Timer | undefined
  #isSettled = false
  #isClosed = false

  constructor(setup: ConnectionSetup, options: ConnectionRequestsOptions) {
    this.#setup = setup
    this.#options = options
    const { product, venueSettings, host, environment } = setup
    this.#pauses = new RequestPauses(host.requests, product.id, environment.nowMs)
    this.#subscriber = new Subscriber({
      product,
      venueSettings,
      send: options.send,
      onRejected: (subscription, reason) => options.report.refuse(subscription, reason),
      pauses: this.#pauses,
    })
  }

  /** Refused, for ever or for now. Changes with `onSettled`. */
  get missing(): ReadonlySet<Subscription> {
    return this.#missing
  }

  /** How often a subscription may be repeated now without waiting for the venue's hourly limit. Infinity without a limit. */
  get resubscriptionsLeft(): number {
    return this.#subscriber.resubscriptionsLeft(this.#nowMs())
  }

  open(): void {
    this.#subscriber.subscribe(this.#carried())
    this.#flush()
  }

  leaveOut(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) this.#leftOut.add(subscription)
    this.#subscriber.leaveOut(subscriptions)
    this.#flush()
  }

  resubscribe(subscription: Subscription): void {
    this.#subscriber.resubscribe(subscription)
    this.#flush()
  }

  accept(control: ControlFrame): void {
    this.#subscriber.accept(control)
    this.#flush()
  }

  isOverdue(nowMs: number): boolean {
    return this.#subscriber.isOverdue(nowMs)
  }

  /** A request id for the text of a keepalive. */
  takeId(): number {
    return this.#subscriber.takeId()
  }

  /** Nothing is sent or reported from here on. */
  close(): void {
    assert(!this.#isClosed, 'requests end with their connection, once')
    this.#isClosed = true
    this.#setup.environment.timers.clear(this.#timer)
    this.#pauses.lost()
  }

  #carried(): readonly Subscription[] {
    return this.#options.subscriptions.filter(subscription => !this.#leftOut.has(subscription))
  }

  #nowMs(): number {
    return this.#setup.environment.nowMs()
  }

  readonly #flush = (): void => {
    const { timers } = this.#setup.environment
    timers.clear(this.#timer)
    if (this.#isClosed) return
    const waitMs = this.#subscriber.flush(this.#nowMs())
    if (waitMs !== Number.POSITIVE_INFINITY) this.#timer = timers.setTimeout(this.#flush, Math.ceil(waitMs))
    this.#checkSettled()
  }

  #checkSettled(): void {
    if (!this.#subscriber.isSettled) return
    const { report, onSettled, onAllRefused } = this.#options
    const subscriptions = this.#carried()
    const missing = subscriptions.filter(subscription => !this.#subscriber.isServed(subscription))
    if (missing.length === subscriptions.length) {
      if (missing.every(subscription => report.refused.has(subscription))) onAllRefused()
    } else if (!this.#isSettled || missing.length !== this.#missing.size) {
      this.#isSettled = true
      this.#missing = new Set(missing)
      onSettled()
    }
  }
}
