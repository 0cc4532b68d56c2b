// One life of one venue connection: connect, subscribe, keep alive, watch, end. It never comes back; `line.ts` opens the next.
// Every frame is classified by its bytes; data goes to the feed it belongs to, control frames stay here.

import { type Feed, KIND_NAMES, type MonotonicUs, StatusReason } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import {
  type ConnectionPlan,
  FrameClass,
  type FrameHead,
  type PlanOptions,
  type Product,
  type Subscription,
  type SymbolIndex,
} from '@tradelane/venues/venue'
import { FEED_OF_CLASS } from '../feed/feed-of-class.js'
import { WATCH_MS } from '../limits.js'
import type { FrameTap } from './frame-recorder.js'
import { Liveness } from './liveness.js'
import { Subscriber } from './subscriber.js'
import { PauseCause, VenueSocket } from './venue-socket.js'

export interface ConnectionEvents {
  /** Acknowledged, or the first data came. Before any frame. */
  onUp(connection: Connection): void
  /** Once, when every stream was acknowledged or refused. */
  onSettled(connection: Connection): void
  onFrame(connection: Connection, frame: Buffer, head: FrameHead, receivedUs: MonotonicUs): void
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
  readonly activities: ActivityRing
  readonly limitedLog: RateLimitedLog
  readonly nowMs: () => number
  readonly tap: FrameTap | undefined
  readonly events: ConnectionEvents
}

export class Connection {
  readonly subscriptions: readonly Subscription[]
  readonly #options: ConnectionOptions
  readonly #socket: VenueSocket
  readonly #subscriber: Subscriber
  readonly #liveness: Liveness
  readonly #head: FrameHead = { frameClass: FrameClass.ignored, instrument: undefined }
  readonly #watch: NodeJS.Timeout
  readonly #refused = new Set<Subscription>()
  /** By instrument id: whether any frame came. */
  readonly #hasHeard: boolean[] = []
  #requestTimer: NodeJS.Timeout | undefined
  #isUp = false
  #isEnding = false
  #isEnded = false
  #endReason: StatusReason = StatusReason.disconnected
  #areSilentTold = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.subscriptions = options.plan.subscriptions
    const kinds = new Set(this.subscriptions.map(({ kind }) => kind))
    this.#liveness = new Liveness(options.product.keepalive, kinds, options.nowMs())
    this.#subscriber = new Subscriber({
      product: options.product,
      planOptions: options.planOptions,
      send: text => this.#socket.send(text),
      onRejected: (stream, reason) => this.#rejected(stream, reason),
    })
    this.#socket = new VenueSocket(options.endpoint + options.plan.path, {
      isPausable: options.feed !== 'trade',
      clock: options.clock,
      activities: options.activities,
      events: {
        onOpen: () => this.#opened(),
        onText: this.#text,
        onBinary: () => this.#malformed('a binary frame where text is due'),
        onPing: () => this.#liveness.heard(options.nowMs()),
        onChunkEnd: () => options.events.onChunkEnd(this),
        onClosed: detail => this.#closed(detail),
      },
    })
    this.#watch = setInterval(this.#look, WATCH_MS)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  get isSettled(): boolean {
    return this.#liveness.isSettled
  }

  /** What the venue refuses here: nothing of it comes. */
  get refused(): ReadonlySet<Subscription> {
    return this.#refused
  }

  get hasData(): boolean {
    return this.#liveness.hasData
  }

  get openedMs(): number {
    return this.#liveness.openedMs
  }

  pause(): void {
    this.#liveness.paused()
    this.#socket.pause(PauseCause.ringFull)
  }

  resume(): void {
    this.#liveness.resumed(this.#options.nowMs())
    this.#socket.resume(PauseCause.ringFull)
  }

  /** Brings a fresh snapshot where subscribing does. */
  resubscribe(stream: Subscription): void {
    this.#subscriber.unsubscribe([stream])
    this.#subscriber.subscribe([stream])
    this.#flushRequests()
  }

  end(detail: string, reason: StatusReason = StatusReason.disconnected): void {
    this.#isEnding = true
    this.#endReason = reason
    this.#socket.terminate(detail)
  }

  #opened(): void {
    this.#liveness.opened(this.#options.nowMs())
    this.#options.counters.add('connects')
    this.#subscriber.subscribe(this.subscriptions)
    this.#flushRequests()
  }

  readonly #flushRequests = (): void => {
    clearTimeout(this.#requestTimer)
    if (this.#isEnded) return
    const waitMs = this.#subscriber.flush(this.#options.nowMs())
    if (waitMs !== Number.POSITIVE_INFINITY) this.#requestTimer = setTimeout(this.#flushRequests, Math.ceil(waitMs))
  }

  readonly #text = (frame: Buffer, receivedUs: MonotonicUs): void => {
    // The library hands over what it had read before it heard of the end.
    if (this.#isEnding) return
    const { product, instruments, counters, tap } = this.#options
    tap?.onFrame(product.id, frame, receivedUs)
    const nowMs = this.#options.nowMs()
    this.#liveness.heard(nowMs)
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
        if (this.#isExpected(frameClass)) this.#data(frame, receivedUs, nowMs)
        else counters.add('framesUnknown')
    }
  }

  /** What nobody asked for here is no sign that the subscriptions work. */
  #isExpected(frameClass: FrameClass): boolean {
    if (FEED_OF_CLASS[frameClass] !== this.#options.feed) return false
    return this.#head.instrument !== undefined || frameClass === FrameClass.liquidation
  }

  #data(frame: Buffer, receivedUs: MonotonicUs, nowMs: number): void {
    this.#liveness.heardData(nowMs)
    if (this.#head.instrument !== undefined) this.#hasHeard[this.#head.instrument.id] = true
    if (!this.#isUp) this.#up()
    this.#options.events.onFrame(this, frame, this.#head, receivedUs)
  }

  #control(frame: Buffer): void {
    const control = this.#options.product.readControl(frame)
    if (control.kind === 'closing-soon') this.#options.events.onClosingSoon(this)
    if (control.kind === 'rejected') this.#options.counters.add('rejections')
    this.#subscriber.accept(control)
    this.#flushRequests()
    if (!this.#subscriber.isSettled || this.isSettled) return
    if (this.#refused.size === this.subscriptions.length)
      this.end('the venue refuses every subscription', StatusReason.rejected)
    else this.#settled()
  }

  #up(): void {
    this.#isUp = true
    this.#options.events.onUp(this)
  }

  #settled(): void {
    this.#liveness.settled(this.#options.nowMs())
    if (!this.#isUp) this.#up()
    this.#options.events.onSettled(this)
  }

  #rejected(stream: Subscription, reason: string): void {
    const { limitedLog, product } = this.#options
    this.#refused.add(stream)
    limitedLog.write(
      'warn',
      'the venue refuses a subscription: it is left out',
      `${product.id} ${stream.instrument.symbol} ${KIND_NAMES[stream.kind]}`,
      { reason },
    )
  }

  #malformed(what: string, frame?: Buffer): void {
    const { counters, limitedLog, product, feed } = this.#options
    counters.add('framesMalformed')
    limitedLog.write('warn', what, `${product.id} ${feed}`, frame ? { start: frame.toString('latin1', 0, 80) } : {})
  }

  readonly #look = (): void => {
    const nowMs = this.#options.nowMs()
    const isUnanswered = this.#subscriber.isOverdue(nowMs)
    const fault = this.#liveness.faultOf(nowMs) ?? (isUnanswered ? 'a subscription was not acknowledged' : null)
    if (fault !== null) {
      this.end(fault, StatusReason.noFrames)
      return
    }
    if (!this.#areSilentTold && this.#liveness.isFirstFrameOverdue(nowMs)) this.#tellSilent()
    if (this.#liveness.isPingDue(nowMs)) this.#keepAlive(nowMs)
  }

  /** Some venues acknowledge a name that they do not know, or do not carry here, and then stay silent. */
  #tellSilent(): void {
    this.#areSilentTold = true
    const { product, feed, limitedLog } = this.#options
    if (feed === 'trade') return
    for (const stream of this.subscriptions) {
      if (this.#refused.has(stream) || this.#hasHeard[stream.instrument.id]) continue
      const { symbol } = stream.instrument
      limitedLog.write(
        'warn',
        'the venue acknowledged a subscription, but nothing comes',
        `${product.id} ${symbol} ${feed}`,
      )
    }
  }

  #keepAlive(nowMs: number): void {
    const { keepalive } = this.#options.product
    if (keepalive.kind !== 'client-text') return
    this.#liveness.keptAlive(nowMs)
    this.#socket.send(keepalive.text(this.#subscriber.takeId()))
  }

  #closed(detail: string): void {
    this.#isEnded = true
    clearInterval(this.#watch)
    clearTimeout(this.#requestTimer)
    this.#options.events.onEnded(this, this.#endReason, detail)
  }
}
