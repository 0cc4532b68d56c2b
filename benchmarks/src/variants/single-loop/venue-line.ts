// One connection of the single-loop server to a venue: opens it, subscribes, keeps it alive, opens it again when it ends.
// Everything happens on the one event loop, as in any plain `ws` program.

import type { ConnectionPlan, Product, Subscription, VenueSettings } from '@tradelane/venues/venue'
import WebSocket from 'ws'

export interface VenueLineOptions {
  readonly product: Product
  readonly plan: ConnectionPlan
  /** `ws://host:port/prefix`. */
  readonly endpoint: string
  readonly venueSettings: VenueSettings
  onUp(line: VenueLine): void
  onFrame(line: VenueLine, frame: Buffer): void
  onDown(line: VenueLine): void
}

const REOPEN_MS = 500

export class VenueLine {
  readonly streams: readonly Subscription[]
  readonly #options: VenueLineOptions
  #socket: WebSocket | undefined
  #requestId = 1
  #requests: string[] = []
  #requestTimer: NodeJS.Timeout | undefined
  #keepalive: NodeJS.Timeout | undefined
  #reopening: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: VenueLineOptions) {
    this.#options = options
    this.streams = options.plan.subscriptions
  }

  open(): void {
    const { endpoint, plan } = this.#options
    const socket = new WebSocket(endpoint + plan.path, { perMessageDeflate: false, skipUTF8Validation: true })
    this.#socket = socket
    socket.on('open', () => this.#opened())
    socket.on('message', (frame: Buffer) => this.#options.onFrame(this, frame))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#ended())
  }

  /** Brings a fresh snapshot where subscribing does. */
  resubscribe(stream: Subscription): void {
    const { product, venueSettings } = this.#options
    this.#enqueue(product.unsubscribe([stream], this.#requestId, venueSettings))
    this.#enqueue(product.subscribe([stream], this.#requestId, venueSettings))
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#reopening)
    this.#socket?.terminate()
  }

  #opened(): void {
    const { product, venueSettings } = this.#options
    const { keepalive } = product
    if (keepalive.kind === 'client-text') {
      this.#keepalive = setInterval(() => this.#send(keepalive.text(this.#takeId())), keepalive.afterMs)
    }
    this.#enqueue(product.subscribe(this.streams, this.#requestId, venueSettings))
    this.#options.onUp(this)
  }

  #ended(): void {
    clearInterval(this.#keepalive)
    clearTimeout(this.#requestTimer)
    this.#requestTimer = undefined
    this.#requests = []
    if (this.#isClosed) return
    this.#options.onDown(this)
    this.#reopening = setTimeout(() => this.open(), REOPEN_MS)
  }

  #enqueue(requests: readonly { readonly text: string }[]): void {
    this.#requestId += requests.length
    for (const { text } of requests) this.#requests.push(text)
    if (this.#requestTimer === undefined) this.#sendNext()
  }

  /** As far apart as the venue wants them. */
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
