// Subscribes the subscriptions of one connection: requests spaced and counted as the venue requires, acknowledgements and rejections
// matched, a refused subscription left out while the others of its request are requested again. Pure: the caller provides the
// time.

import assert from 'node:assert/strict'
import type { ControlFrame, Product, Request, Subscription, VenueSettings } from '@tradelane/venues/venue'
import { ACK_MS_MAX } from '../limits.js'
import { OperationBudget } from './operation-budget.js'

export interface SubscriberOptions {
  readonly product: Product
  readonly venueSettings: VenueSettings
  readonly send: (text: string) => void
  /** The venue refuses this subscription; it is not requested again on this connection. */
  readonly onRejected: (subscription: Subscription, reason: string) => void
}

interface PendingRequest {
  readonly request: Request
  readonly isSubscribe: boolean
  /** Repeated operations that are taken when it is sent. */
  readonly operations: number
  sentMs: number
}

export class Subscriber {
  readonly #product: Product
  readonly #venueSettings: VenueSettings
  readonly #send: (text: string) => void
  readonly #onRejected: (subscription: Subscription, reason: string) => void
  /** Not sent yet. */
  readonly #queue: PendingRequest[] = []
  /** Sent, by request id, in the order of sending. */
  readonly #pending = new Map<string, PendingRequest>()
  readonly #operations: OperationBudget
  #nextId = 1
  #sentMs = Number.NEGATIVE_INFINITY

  constructor(options: SubscriberOptions) {
    this.#product = options.product
    this.#venueSettings = options.venueSettings
    this.#send = options.send
    this.#onRejected = options.onRejected
    this.#operations = new OperationBudget(options.product.limits.operationsPerHour)
  }

  /** Every request was answered. */
  get isSettled(): boolean {
    return this.#queue.length === 0 && this.#pending.size === 0
  }

  subscribe(subscriptions: readonly Subscription[]): void {
    this.#enqueue(this.#product.subscribe(subscriptions, this.#nextId, this.#venueSettings), true, 0)
  }

  /** A new snapshot follows. Both operations are taken with the first: the second never waits without it. */
  resubscribe(subscription: Subscription): void {
    this.#enqueue(this.#product.unsubscribe([subscription], this.#nextId, this.#venueSettings), false, 2)
    this.#enqueue(this.#product.subscribe([subscription], this.#nextId, this.#venueSettings), true, 0)
  }

  /** How often a subscription may be repeated now without waiting for the venue's hourly limit. Infinity without a limit. */
  resubscriptionsLeft(nowMs: number): number {
    const waiting = this.#queue.reduce((sum, { operations }) => sum + operations, 0)
    return Math.max(0, Math.floor((this.#operations.left(nowMs) - waiting) / 2))
  }

  /** Sends what spacing and the hourly limit allow. Returns the milliseconds until the next request may be sent; Infinity without one. */
  flush(nowMs: number): number {
    for (;;) {
      const next = this.#queue[0]
      if (next === undefined) return Number.POSITIVE_INFINITY
      const spacingMs = this.#sentMs + this.#product.limits.requestSpacingMs - nowMs
      const waitMs = spacingMs > 0 ? spacingMs : this.#operations.take(next.operations, nowMs)
      if (waitMs > 0) return waitMs
      this.#queue.shift()
      this.#sentMs = nowMs
      next.sentMs = nowMs
      assert(!this.#pending.has(next.request.id), 'a request id is used once')
      this.#pending.set(next.request.id, next)
      this.#send(next.request.text)
    }
  }

  isOverdue(nowMs: number): boolean {
    for (const pending of this.#pending.values()) if (nowMs - pending.sentMs > ACK_MS_MAX) return true
    return false
  }

  /** A request id for the text of a keepalive. */
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

  #enqueue(requests: readonly Request[], isSubscribe: boolean, operations: number): void {
    for (const request of requests) {
      assert(request.id === String(this.#nextId), 'request ids count up')
      this.#nextId += 1
      this.#queue.push({ request, isSubscribe, operations, sentMs: 0 })
    }
  }

  /** Some rejections name no request: then the oldest pending one is meant. */
  #reject(requestId: string | null, topic: string | null, reason: string): void {
    const id = requestId ?? this.#pending.keys().next().value
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (id === undefined || pending === undefined) return
    this.#pending.delete(id)
    // Nothing follows from a refused unsubscription: there is no such subscription.
    if (!pending.isSubscribe) return
    const { subscriptions } = pending.request
    const refused =
      subscriptions.length === 1 ? subscriptions[0] : subscriptions.find(each => this.#isNamed(each, topic))
    if (refused !== undefined) {
      this.#onRejected(refused, reason)
      const rest = subscriptions.filter(subscription => subscription !== refused)
      if (rest.length > 0) this.subscribe(rest)
      return
    }
    // One of several is wrong and the venue does not say which: request them one by one.
    for (const subscription of subscriptions) this.subscribe([subscription])
  }

  /** By the text that requests it alone: subscriptions of one instrument differ in more than the symbol. */
  #isNamed(subscription: Subscription, topic: string | null): boolean {
    if (topic === null) return false
    const [request] = this.#product.subscribe([subscription], 0, this.#venueSettings)
    return request?.text.includes(JSON.stringify(topic)) ?? false
  }

  #settleOldest(): void {
    const oldest = this.#pending.keys().next().value
    if (oldest !== undefined) this.#pending.delete(oldest)
  }
}
