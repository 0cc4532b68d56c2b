// Subscribes the subscriptions of one connection: requests spaced and counted as the venue requires, acknowledgements and
// rejections matched. What does not exist is left out while the others of its request are requested again; what is refused for
// any other reason is requested again after the pauses of its class. Pure: the caller provides the time.

import assert from 'node:assert/strict'
import type { ControlFrame, Product, Request, Subscription, VenueSettings } from '@tradelane/venues/venue'
import type { RequestPauses } from '../host/request-pauses.js'
import { ACK_MS_MAX } from '../limits.js'
import { OperationBudget } from './operation-budget.js'
import { type WaitingRequest, WaitingRequests } from './waiting-requests.js'

export interface SubscriberOptions {
  readonly product: Product
  readonly venueSettings: VenueSettings
  readonly send: (text: string) => void
  /** It does not exist; it is not requested again on this connection. */
  readonly onRejected: (subscription: Subscription, reason: string) => void
  readonly pauses: RequestPauses
}

interface PendingRequest extends WaitingRequest {
  readonly sentMs: number
}

interface RequestKind {
  readonly isSubscribe: boolean
  readonly operations?: number
  readonly refusals?: number
}

type Rejection = Extract<ControlFrame, { kind: 'rejected' }>
type AlreadySubscribed = Extract<ControlFrame, { kind: 'already-subscribed' }>

export class Subscriber {
  readonly #options: SubscriberOptions
  readonly #waiting = new WaitingRequests()
  /** Sent, by request id, in the order of sending. */
  readonly #pending = new Map<string, PendingRequest>()
  readonly #served = new Set<Subscription>()
  readonly #leftOut = new Set<Subscription>()
  readonly #operations: OperationBudget
  /** What is not sent yet waits for the pause after a refusal. */
  #isHeldBack = false
  #nextId = 1
  #sentMs = Number.NEGATIVE_INFINITY

  constructor(options: SubscriberOptions) {
    this.#options = options
    this.#operations = new OperationBudget(options.product.limits.operationsPerHour)
  }

  /** Every request was answered, except those that wait for the pause after a refusal. */
  get isSettled(): boolean {
    return this.#pending.size === 0 && (this.#waiting.count === 0 || this.#isHeldBack)
  }

  /** The venue acknowledged it. */
  isServed(subscription: Subscription): boolean {
    return this.#served.has(subscription)
  }

  /** Except what was left out. */
  subscribe(subscriptions: readonly Subscription[]): void {
    this.#enqueue(this.#subscribeRequests(subscriptions), { isSubscribe: true })
  }

  /** Carries these no longer: what waits is not sent, what was sent is unsubscribed, whether it is acknowledged yet or not. */
  leaveOut(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) this.#leftOut.add(subscription)
    this.#waiting.replaceEach(each => this.#withoutLeftOut(each))
    const requested = new Set([...this.#pending.values()].flatMap(subscribed))
    const sent = subscriptions.filter(each => this.#served.has(each) || requested.has(each))
    if (sent.length === 0) return
    const { product, venueSettings } = this.#options
    const operations = product.limits.operationsPerHour === null ? 0 : 1
    this.#enqueue(product.unsubscribe(sent, this.#nextId, venueSettings), { isSubscribe: false, operations })
  }

  /** A new snapshot follows. Both operations are taken with the first: the second never waits without it. */
  resubscribe(subscription: Subscription): void {
    const { product, venueSettings } = this.#options
    const ending = product.unsubscribe([subscription], this.#nextId, venueSettings)
    this.#enqueue(ending, { isSubscribe: false, operations: 2 })
    this.subscribe([subscription])
  }

  /** How often a subscription may be repeated now without waiting for the venue's hourly limit. Infinity without a limit. */
  resubscriptionsLeft(nowMs: number): number {
    return Math.max(0, Math.floor((this.#operations.left(nowMs) - this.#waiting.operations) / 2))
  }

  /**
   * Sends what spacing, the hourly limit and the host's pauses allow. Returns the milliseconds until the next request may be
   * sent; Infinity without one.
   */
  flush(nowMs: number): number {
    for (;;) {
      this.#isHeldBack = false
      const next = this.#waiting.next(nowMs)
      if (next === undefined) return Number.POSITIVE_INFINITY
      const { waiting, notBeforeMs } = next
      const waitMs = this.#waitMs(waiting, notBeforeMs, nowMs)
      if (waitMs > 0) return waitMs
      this.#waiting.remove(waiting)
      this.#sentMs = nowMs
      const { request, refusals } = waiting
      assert(!this.#pending.has(request.id), 'a request id is used once')
      this.#pending.set(request.id, { ...waiting, sentMs: nowMs })
      this.#options.pauses.began(refusals > 0)
      this.#options.send(request.text)
    }
  }

  isOverdue(nowMs: number): boolean {
    for (const { isSubscribe, sentMs } of this.#pending.values()) {
      // Nothing is missed where an unsubscription is ignored.
      if (isSubscribe && nowMs - sentMs > ACK_MS_MAX) return true
    }
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
        this.#settle(control.requestId)
        return
      case 'already-subscribed':
        this.#serveNamed(control)
        return
      case 'rejected':
        this.#reject(control)
        return
      default:
    }
  }

  get #oldestId(): string | undefined {
    return this.#pending.keys().next().value
  }

  #waitMs({ operations, refusals }: WaitingRequest, notBeforeMs: number, nowMs: number): number {
    const { product, pauses } = this.#options
    const isAgain = refusals > 0
    this.#isHeldBack = notBeforeMs > nowMs || pauses.isPaused(isAgain)
    const pauseMs = Math.max(notBeforeMs - nowMs, pauses.waitMs(isAgain))
    if (pauseMs > 0) return pauseMs
    const spacingMs = this.#sentMs + product.limits.requestSpacingMs - nowMs
    return spacingMs > 0 ? spacingMs : this.#operations.take(operations, nowMs)
  }

  #subscribeRequests(subscriptions: readonly Subscription[]): readonly Request[] {
    const { product, venueSettings } = this.#options
    const carried = subscriptions.filter(each => !this.#leftOut.has(each))
    return carried.length === 0 ? [] : product.subscribe(carried, this.#nextId, venueSettings)
  }

  /** What was left out is in no request that is sent from now on. */
  #withoutLeftOut(waiting: WaitingRequest): readonly WaitingRequest[] {
    const { request, isSubscribe, operations, refusals } = waiting
    const { subscriptions } = request
    if (subscriptions.every(each => this.#leftOut.has(each))) return []
    if (!isSubscribe || !subscriptions.some(each => this.#leftOut.has(each))) return [waiting]
    return this.#numbered(this.#subscribeRequests(subscriptions), { isSubscribe, operations, refusals })
  }

  #enqueue(requests: readonly Request[], kind: RequestKind): void {
    for (const waiting of this.#numbered(requests, kind)) this.#waiting.add(waiting)
  }

  #numbered(requests: readonly Request[], kind: RequestKind): readonly WaitingRequest[] {
    const { isSubscribe, operations = 0, refusals = 0 } = kind
    return requests.map(request => {
      assert(request.id === String(this.#nextId), 'request ids count up')
      this.#nextId += 1
      return { request, isSubscribe, operations, refusals }
    })
  }

  #settle(id: string | undefined): void {
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (id === undefined || pending === undefined) return
    this.#pending.delete(id)
    this.#options.pauses.accepted(pending.refusals > 0)
    if (!pending.isSubscribe) return
    for (const subscription of pending.request.subscriptions) this.#served.add(subscription)
  }

  /**
   * As good as an acknowledgement of what is named. Nothing is said of the others of its request: they are requested one by one,
   * and answered each for itself. Some answers name no request: then one that has the topic is meant, or else the oldest.
   */
  #serveNamed({ requestId, topic }: AlreadySubscribed): void {
    const isNamed = (subscription: Subscription): boolean => this.#isNamed(subscription, topic)
    const ofTopic = [...this.#pending].find(
      ([, { isSubscribe, request }]) => isSubscribe && request.subscriptions.some(isNamed),
    )
    const id = requestId ?? ofTopic?.[0] ?? this.#oldestId
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (id === undefined || pending === undefined) return
    const { subscriptions } = pending.request
    if (!pending.isSubscribe || subscriptions.length === 1) {
      this.#settle(id)
      return
    }
    this.#pending.delete(id)
    this.#options.pauses.accepted(pending.refusals > 0)
    for (const subscription of subscriptions) {
      if (isNamed(subscription)) this.#served.add(subscription)
      else this.subscribe([subscription])
    }
  }

  /** Some rejections name no request: then the oldest pending one is meant. */
  #reject(rejection: Rejection): void {
    const id = rejection.requestId ?? this.#oldestId
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (id === undefined || pending === undefined) return
    this.#pending.delete(id)
    const { refusalClass, reason } = rejection
    const { subscriptions } = pending.request
    const isOfOne = refusalClass === 'does-not-exist' || refusalClass === 'not-accepted'
    // Nothing follows from a refused unsubscription: there is no such subscription.
    if (!pending.isSubscribe && isOfOne) return
    this.#options.pauses.refused(pending.refusals > 0, refusalClass, reason, subscriptions.length > 1)
    if (!pending.isSubscribe) return
    for (const subscription of subscriptions) this.#served.delete(subscription)
    if (isOfOne) this.#leaveOut(pending, rejection)
    else this.#again(subscriptions, pending.refusals + 1)
  }

  /** What the venue does not know is left out, the others of its request are requested again. */
  #leaveOut({ request: { subscriptions }, refusals }: PendingRequest, rejection: Rejection): void {
    const { topic, reason, refusalClass } = rejection
    const [only] = subscriptions
    const refused =
      subscriptions.length === 1 ? only : subscriptions.find(subscription => this.#isNamed(subscription, topic))
    if (refused === undefined) {
      // The venue does not say which is wrong: request them one by one.
      for (const subscription of subscriptions) this.subscribe([subscription])
      return
    }
    const isFinal = refusalClass === 'does-not-exist'
    if (isFinal) this.#options.onRejected(refused, reason)
    else this.#again([refused], refusals + 1)
    const rest = subscriptions.filter(subscription => subscription !== refused)
    if (rest.length > 0) this.subscribe(rest)
  }

  #again(subscriptions: readonly Subscription[], refusals: number): void {
    const requests = this.#subscribeRequests(subscriptions)
    const operations = this.#options.product.limits.operationsPerHour === null ? 0 : 1
    this.#enqueue(requests, { isSubscribe: true, operations, refusals })
  }

  /** By the text that requests it alone: subscriptions of one instrument differ in more than the symbol. */
  #isNamed(subscription: Subscription, topic: string | null): boolean {
    if (topic === null) return false
    const { product, venueSettings } = this.#options
    const [request] = product.subscribe([subscription], 0, venueSettings)
    return request?.text.includes(JSON.stringify(topic)) ?? false
  }
}

function subscribed({ isSubscribe, request }: PendingRequest): readonly Subscription[] {
  return isSubscribe ? request.subscriptions : []
}
