// Keeps one connection plan of the single-loop server connected to its venue: opens, subscribes, keeps alive, opens again when
// the connection ends.

import assert from 'node:assert/strict'
import type { ConnectionPlan, Product, Subscription, VenueSettings } from '@tradelane/venues/venue'
import WebSocket from 'ws'

export interface DurableConnectionOptions {
  readonly product: Product
  readonly plan: ConnectionPlan
  /** `ws://host:port/prefix`. */
  readonly endpoint: string
  readonly venueSettings: VenueSettings
  onUp(subscriptions: readonly Subscription[]): void
  onFrame(frame: Buffer): void
  onDown(subscriptions: readonly Subscription[]): void
}

const REOPEN_MS = 500

export class DurableConnection {
  readonly #options: DurableConnectionOptions
  #socket: WebSocket | undefined
  #requestId = 1
  #requests: string[] = []
  #requestTimer: NodeJS.Timeout | undefined
  #keepaliveTimer: NodeJS.Timeout | undefined

  constructor(options: DurableConnectionOptions) {
    this.#options = options
  }

  open(): void {
    assert(this.#socket === undefined, 'a durable connection has one socket at a time')
    const { endpoint, plan, onFrame } = this.#options
    const socket = new WebSocket(endpoint + plan.path, { perMessageDeflate: false, skipUTF8Validation: true })
    this.#socket = socket
    socket.on('open', () => this.#onOpen())
    socket.on('message', onFrame)
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#onClose())
  }

  /** Where subscribing brings a snapshot, this requests a new one. */
  resubscribe(subscription: Subscription): void {
    const { product, venueSettings } = this.#options
    this.#enqueue(product.unsubscribe([subscription], this.#requestId, venueSettings))
    this.#enqueue(product.subscribe([subscription], this.#requestId, venueSettings))
  }

  #onOpen(): void {
    const { product, plan, venueSettings, onUp } = this.#options
    const { keepalive } = product
    if (keepalive.kind === 'client-text') {
      this.#keepaliveTimer = setInterval(() => this.#send(keepalive.text(this.#takeId())), keepalive.afterMs)
    }
    this.#enqueue(product.subscribe(plan.subscriptions, this.#requestId, venueSettings))
    onUp(plan.subscriptions)
  }

  #onClose(): void {
    clearInterval(this.#keepaliveTimer)
    clearTimeout(this.#requestTimer)
    this.#requestTimer = undefined
    this.#requests = []
    this.#socket = undefined
    this.#options.onDown(this.#options.plan.subscriptions)
    setTimeout(() => this.open(), REOPEN_MS)
  }

  #enqueue(requests: readonly { readonly text: string }[]): void {
    this.#requestId += requests.length
    for (const { text } of requests) this.#requests.push(text)
    if (this.#requestTimer === undefined) this.#sendNext()
  }

  /** Requests are as far apart as the venue demands. */
  #sendNext(): void {
    const text = this.#requests.shift()
    this.#requestTimer = undefined
    if (text === undefined) return
    this.#send(text)
    this.#requestTimer = setTimeout(() => this.#sendNext(), this.#options.product.limits.requestSpacingMs)
  }

  #takeId(): number {
    const id = this.#requestId
    this.#requestId += 1
    return id
  }

  #send(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text)
  }
}
