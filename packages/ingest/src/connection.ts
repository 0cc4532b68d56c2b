// One life of one venue connection: connect, subscribe, keep alive, watch, end. It never comes back; `line.ts` opens the next.
// Every frame is classified by its bytes; data goes to the feed it belongs to, control frames stay here.

import type { Clock } from '@tradelane/shared/clock'
import type { Counters } from '@tradelane/shared/counters'
import type { RateLimitedLog } from '@tradelane/shared/log'
import { type Feed, KIND_NAMES, StatusReason, type WallUs } from '@tradelane/shared/nouns'
import {
  type ConnectionPlan,
  FrameClass,
  type FrameHead,
  type PlanOptions,
  type Product,
  type Stream,
  type SymbolIndex,
} from '@tradelane/venues/venue'
import type { FrameTap } from './frame-recorder.js'
import { FIRST_FRAME_MS_MAX, TRADE_SILENCE_MS_MAX, WATCH_MS } from './limits.js'
import { Subscriber } from './subscriber.js'
import { PauseCause, VenueSocket } from './venue-socket.js'

export interface ConnectionEvents {
  /** Acknowledged, or the first data came. Before any frame. */
  onUp(connection: Connection): void
  onFrame(connection: Connection, frame: Buffer, head: FrameHead, receivedUs: WallUs): void
  onChunkEnd(connection: Connection): void
  /** The venue will end this connection. */
  onClosingSoon(connection: Connection): void
  onEnded(connection: Connection, reason: StatusReason, detail: string): void
}

export interface ConnectionOptions {
  readonly product: Product
  readonly feed: Feed
  readonly plan: ConnectionPlan
  /** `wss://host[/prefix]`. */
  readonly endpoint: string
  readonly planOptions: PlanOptions
  readonly instruments: SymbolIndex
  readonly clock: Clock
  readonly counters: Counters
  readonly notices: RateLimitedLog
  readonly nowMs: () => number
  readonly tap: FrameTap | undefined
  readonly events: ConnectionEvents
}

export class Connection {
  readonly streams: readonly Stream[]
  readonly openedMs: number
  readonly #options: ConnectionOptions
  readonly #socket: VenueSocket
  readonly #subscriber: Subscriber
  readonly #head: FrameHead = { frameClass: FrameClass.ignored, instrument: undefined }
  readonly #watch: NodeJS.Timeout
  #requestTimer: NodeJS.Timeout | undefined
  #isOpen = false
  #isUp = false
  #isEnded = false
  #endReason: StatusReason = StatusReason.disconnected
  #heardMs: number
  #keptAliveMs: number
  #subscribedMs = Number.POSITIVE_INFINITY
  #hasData = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.streams = options.plan.streams
    this.openedMs = options.nowMs()
    this.#heardMs = this.openedMs
    this.#keptAliveMs = this.openedMs
    this.#subscriber = new Subscriber({
      product: options.product,
      planOptions: options.planOptions,
      send: text => this.#socket.send(text),
      onRejected: (stream, reason) => this.#rejected(stream, reason),
    })
    this.#socket = new VenueSocket(options.endpoint + options.plan.path, {
      isPausable: options.feed !== 'trade',
      clock: options.clock,
      events: {
        onOpen: () => this.#opened(),
        onText: this.#text,
        onBinary: () => this.#malformed('a binary frame where text is due'),
        onPing: () => {
          this.#heardMs = options.nowMs()
        },
        onChunkEnd: () => options.events.onChunkEnd(this),
        onClosed: detail => this.#closed(detail),
      },
    })
    this.#watch = setInterval(this.#look, WATCH_MS)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  pause(): void {
    this.#socket.pause(PauseCause.ringFull)
  }

  resume(): void {
    this.#socket.resume(PauseCause.ringFull)
  }

  /** Brings a fresh snapshot where subscribing does. */
  resubscribe(stream: Stream): void {
    this.#subscriber.unsubscribe([stream])
    this.#subscriber.subscribe([stream])
    this.#flushRequests()
  }

  end(detail: string, reason: StatusReason = StatusReason.disconnected): void {
    this.#endReason = reason
    this.#socket.terminate(detail)
  }

  #opened(): void {
    this.#isOpen = true
    this.#heardMs = this.#options.nowMs()
    this.#keptAliveMs = this.#heardMs
    this.#options.counters.add('connects')
    this.#subscriber.subscribe(this.streams)
    this.#flushRequests()
  }

  readonly #flushRequests = (): void => {
    clearTimeout(this.#requestTimer)
    if (this.#isEnded) return
    const waitMs = this.#subscriber.flush(this.#options.nowMs())
    if (waitMs !== Number.POSITIVE_INFINITY) this.#requestTimer = setTimeout(this.#flushRequests, Math.ceil(waitMs))
  }

  readonly #text = (frame: Buffer, receivedUs: WallUs): void => {
    const { product, instruments, events, counters, tap } = this.#options
    tap?.onFrame(product.id, frame, receivedUs)
    this.#heardMs = this.#options.nowMs()
    counters.add('framesReceived')
    const frameClass = product.classify(frame, instruments, this.#head)
    switch (frameClass) {
      case FrameClass.malformed:
        this.#malformed('a frame is neither data nor an answer', frame)
        return
      case FrameClass.control:
        this.#control(frame)
        return
      case FrameClass.ignored:
        counters.add('framesUnknown')
        return
      default:
        this.#hasData = true
        if (!this.#isUp) this.#up()
        events.onFrame(this, frame, this.#head, receivedUs)
    }
  }

  #control(frame: Buffer): void {
    const control = this.#options.product.readControl(frame)
    if (control.kind === 'closing-soon') this.#options.events.onClosingSoon(this)
    if (control.kind === 'rejected') this.#options.counters.add('rejections')
    this.#subscriber.accept(control)
    this.#flushRequests()
    if (this.#subscriber.isSettled && !this.#isUp) this.#up()
  }

  #up(): void {
    this.#isUp = true
    this.#subscribedMs = this.#options.nowMs()
    this.#options.events.onUp(this)
  }

  #rejected(stream: Stream, reason: string): void {
    const { notices, product } = this.#options
    notices.say(
      'warn',
      'the venue refuses a subscription: it is left out',
      `${product.id} ${stream.instrument.symbol} ${KIND_NAMES[stream.kind]}`,
      { reason },
    )
  }

  #malformed(what: string, frame?: Buffer): void {
    const { counters, notices, product, feed } = this.#options
    counters.add('framesMalformed')
    notices.say('warn', what, `${product.id} ${feed}`, frame ? { start: frame.toString('latin1', 0, 80) } : {})
  }

  readonly #look = (): void => {
    if (!this.#isOpen) return
    const nowMs = this.#options.nowMs()
    const fault = this.#faultOf(nowMs)
    if (fault !== null) {
      this.end(fault, StatusReason.noFrames)
      return
    }
    const { keepalive } = this.#options.product
    if (keepalive.kind !== 'client-text') return
    const sinceMs = nowMs - (keepalive.when === 'always' ? this.#keptAliveMs : this.#heardMs)
    if (sinceMs >= keepalive.afterMs) this.#keepAlive(keepalive.text(this.#subscriber.takeId()), nowMs)
  }

  /** Why this connection is of no more use, or null. */
  #faultOf(nowMs: number): string | null {
    const { product, feed } = this.#options
    const silentMs = Math.round(nowMs - this.#heardMs)
    if (silentMs > product.keepalive.silenceMs) return `silent for ${silentMs} ms`
    if (this.#subscriber.isOverdue(nowMs)) return 'a subscription was not acknowledged'
    if (feed === 'trade') return silentMs > TRADE_SILENCE_MS_MAX ? `no trade frame for ${silentMs} ms` : null
    const isDue = !this.#hasData && nowMs - this.#subscribedMs > FIRST_FRAME_MS_MAX
    return isDue ? 'subscribed, but no frame came' : null
  }

  #keepAlive(text: string, nowMs: number): void {
    this.#keptAliveMs = nowMs
    this.#socket.send(text)
  }

  #closed(detail: string): void {
    this.#isEnded = true
    clearInterval(this.#watch)
    clearTimeout(this.#requestTimer)
    this.#options.events.onEnded(this, this.#endReason, detail)
  }
}
