// Gets the streams of one connection subscribed: requests spaced as the venue wants them, acks and rejections matched, a
// refused stream left out while its neighbours are asked for again. Pure but for the `send` and `now` it is given.

import type { ControlFrame, Product, Request, Subscription, VenueSettings } from '@tradelane/venues/venue'
import { ACK_MS_MAX } from '../limits.js'

export interface SubscriberOptions {
  readonly product: Product
  readonly venueSettings: VenueSettings
  readonly send: (text: string) => void
  /** The venue refuses this stream for good. */
  readonly onRejected: (stream: Subscription, reason: string) => void
}

interface Pending {
  readonly request: Request
  readonly isSubscribe: boolean
  sentMs: number
}

export class Subscriber {
  readonly #product: Product
  readonly #venueSettings: VenueSettings
  readonly #send: (text: string) => void
  readonly #onRejected: (stream: Subscription, reason: string) => void
  readonly #queue: Pending[] = []
  readonly #pending = new Map<string, Pending>()
  #nextId = 1
  #sentMs = Number.NEGATIVE_INFINITY

  constructor(options: SubscriberOptions) {
    this.#product = options.product
    this.#venueSettings = options.venueSettings
    this.#send = options.send
    this.#onRejected = options.onRejected
  }

  /** Everything asked for was acknowledged. */
  get isSettled(): boolean {
    return this.#queue.length === 0 && this.#pending.size === 0
  }

  subscribe(streams: readonly Subscription[]): void {
    this.#enqueue(this.#product.subscribe(streams, this.#nextId, this.#venueSettings), true)
  }

  unsubscribe(streams: readonly Subscription[]): void {
    this.#enqueue(this.#product.unsubscribe(streams, this.#nextId, this.#venueSettings), false)
  }

  /** Sends what is due. Returns the milliseconds until the next is, or Infinity. */
  flush(nowMs: number): number {
    for (;;) {
      const next = this.#queue[0]
      if (next === undefined) return Number.POSITIVE_INFINITY
      const waitMs = this.#sentMs + this.#product.limits.requestSpacingMs - nowMs
      if (waitMs > 0) return waitMs
      this.#queue.shift()
      this.#sentMs = nowMs
      next.sentMs = nowMs
      this.#pending.set(next.request.id, next)
      this.#send(next.request.text)
    }
  }

  isOverdue(nowMs: number): boolean {
    for (const pending of this.#pending.values()) if (nowMs - pending.sentMs > ACK_MS_MAX) return true
    return false
  }

  /** A number no request used, for the text of a keepalive. */
  takeId(): number {
    const id = this.#nextId
    this.#nextId += 1
    return id
  }

  accept(control: ControlFrame): void {
    switch (control.kind) {
      case 'ack':
        this.#pending.delete(control.requestId)
        return
      case 'already-subscribed':
        this.#settleOldest()
        return
      case 'rejected':
        this.#reject(control.requestId, control.topic, control.reason)
        return
      default:
    }
  }

  #enqueue(requests: readonly Request[], isSubscribe: boolean): void {
    this.#nextId += requests.length
    for (const request of requests) this.#queue.push({ request, isSubscribe, sentMs: 0 })
  }

  /** Some rejections name no request: then it is the oldest one open. */
  #reject(requestId: string | null, topic: string | null, reason: string): void {
    const id = requestId ?? this.#pending.keys().next().value
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (id === undefined || pending === undefined) return
    this.#pending.delete(id)
    // A refused unsubscription leaves nothing to repair: the stream is not there.
    if (!pending.isSubscribe) return
    const { subscriptions } = pending.request
    const refused =
      subscriptions.length === 1 ? subscriptions[0] : subscriptions.find(stream => this.#isNamed(stream, topic))
    if (refused !== undefined) {
      this.#onRejected(refused, reason)
      const rest = subscriptions.filter(stream => stream !== refused)
      if (rest.length > 0) this.subscribe(rest)
      return
    }
    // One of several is bad and nobody says which: ask one by one.
    for (const stream of subscriptions) this.subscribe([stream])
  }

  /** By the text that asks for it alone: an instrument's streams differ in more than its symbol. */
  #isNamed(stream: Subscription, topic: string | null): boolean {
    if (topic === null) return false
    const [request] = this.#product.subscribe([stream], 0, this.#venueSettings)
    return request?.text.includes(JSON.stringify(topic)) ?? false
  }

  #settleOldest(): void {
    const oldest = this.#pending.keys().next().value
    if (oldest !== undefined) this.#pending.delete(oldest)
  }
}
