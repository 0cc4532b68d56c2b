// One life of one venue connection: connect, subscribe, keep alive, watch, end. It never comes back; `durable-connection.ts`
// opens the next. Every frame is classified by its bytes: data goes to the receiver that the connection was assigned; control
// frames are handled here.

import assert from 'node:assert/strict'
import { type Feed, type MonotonicUs, StatusReason } from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import { type ClassifiedHead, FrameClass } from '@tradelane/venues/frame-class'
import type { ConnectionPlan, Subscription } from '@tradelane/venues/venue'
import { WATCH_MS } from '../limits.js'
import type { ConnectionChange } from './connection-change.js'
import type { FrameReceiver } from './connection-receiver.js'
import { ConnectionReport } from './connection-report.js'
import { ConnectionRequests } from './connection-requests.js'
import type { ConnectionSetup } from './connection-setup.js'
import { FEED_OF_CLASS } from './feed-of-class.js'
import { Liveness } from './liveness.js'
import type { HandshakeRefusal, Socket, SocketEvents } from './socket.js'

export interface ConnectionOptions {
  readonly feed: Feed
  readonly plan: ConnectionPlan
  readonly receiver: FrameReceiver
  readonly onChange: (connection: Connection, change: ConnectionChange) => void
}

export class Connection {
  readonly subscriptions: readonly Subscription[]
  readonly #setup: ConnectionSetup
  readonly #options: ConnectionOptions
  readonly #socket: Socket
  readonly #requests: ConnectionRequests
  readonly #liveness: Liveness
  readonly #report: ConnectionReport
  readonly #head: ClassifiedHead = { frameClass: FrameClass.ignored, instrument: undefined, wasParsed: false }
  readonly #watch: Timer
  #receiver: FrameReceiver
  #isUp = false
  #isEnding = false
  #isEnded = false
  #endReason: StatusReason = StatusReason.disconnected

  constructor(setup: ConnectionSetup, options: ConnectionOptions) {
    this.#setup = setup
    this.#options = options
    this.#receiver = options.receiver
    const { product, environment } = setup
    const { feed, plan } = options
    this.subscriptions = plan.subscriptions
    this.#report = new ConnectionReport(setup, feed, plan.subscriptions)
    const kinds = new Set(plan.subscriptions.map(({ kind }) => kind))
    const startsWithFrame = product.firstFrameKinds.some(kind => kinds.has(kind))
    this.#liveness = new Liveness({ keepalive: product.keepalive, kinds, startsWithFrame }, this.#nowMs())
    this.#requests = new ConnectionRequests(setup, {
      subscriptions: plan.subscriptions,
      report: this.#report,
      send: text => this.#socket.send(text),
      onSettled: () => this.#settled(),
      onAllRefused: () => {
        if (!this.#isEnding) this.end('the venue refuses every subscription', StatusReason.refused)
      },
    })
    const isPausable = feed !== 'trade'
    this.#socket = environment.openSocket(setup.endpoint + plan.path, { isPausable, events: this.#socketEvents() })
    this.#watch = environment.timers.setInterval(this.#look, WATCH_MS)
  }

  get isUp(): boolean {
    return this.#isUp
  }

  get isSettled(): boolean {
    return this.#liveness.isSettled
  }

  /** Refused by the venue, for ever or for now: nothing comes for these on this connection. Changes with `settled`. */
  get refused(): ReadonlySet<Subscription> {
    return this.#requests.missing
  }

  /** Some subscriptions are missing only for now: they are requested again. */
  get isWaiting(): boolean {
    return this.refused.size > this.#report.refused.size
  }

  get hasData(): boolean {
    return this.#liveness.hasData
  }

  /** The venue accepted its handshake. */
  get wasOpened(): boolean {
    return this.#liveness.isOpen
  }

  get openedMs(): number {
    return this.#liveness.openedMs
  }

  /** Frames go to `receiver` from here on. */
  assign(receiver: FrameReceiver): void {
    assert(!this.#isEnded, 'a receiver is assigned to a connection that has not ended')
    this.#receiver = receiver
  }

  pause(): void {
    this.#liveness.paused()
    this.#socket.pause()
  }

  resume(): void {
    this.#liveness.resumed(this.#nowMs())
    this.#socket.resume()
  }

  /** Where a subscription starts with a snapshot, a new one comes. */
  resubscribe({ kind, instrument }: Subscription): void {
    // The one of the plan: refusals are reported by identity.
    const subscription = this.subscriptions.find(each => each.kind === kind && each.instrument === instrument)
    assert(subscription !== undefined, 'a connection subscribes again what it carries')
    this.#requests.resubscribe(subscription)
  }

  /** How often `resubscribe` may be called now without waiting for the venue's hourly limit. Infinity without a limit. */
  get resubscriptionsLeft(): number {
    return this.#requests.resubscriptionsLeft
  }

  /** Carries these no longer. */
  leaveOut(subscriptions: readonly Subscription[]): void {
    if (!this.#isEnding) this.#requests.leaveOut(subscriptions)
  }

  end(detail: string, reason: StatusReason = StatusReason.disconnected): void {
    this.#isEnding = true
    this.#endReason = reason
    this.#socket.terminate(detail)
  }

  #nowMs(): number {
    return this.#setup.environment.nowMs()
  }

  #socketEvents(): SocketEvents {
    const events: SocketEvents = {
      onOpen: () => this.#opened(),
      onText: this.#onText,
      onBinary: () => this.#report.malformed('binary frame from a venue, expected text'),
      onPing: () => this.#liveness.heard(this.#nowMs()),
      onPong: () => this.#liveness.ponged(this.#nowMs()),
      onClosed: (detail, refusal) => this.#closed(detail, refusal),
    }
    // Only books are forwarded chunk by chunk: events of the other feeds are published one by one.
    if (this.#options.feed === 'book') events.onChunkEnd = () => this.#receiver.onChunkEnd?.()
    return events
  }

  #opened(): void {
    this.#liveness.opened(this.#nowMs())
    // Also shows whether the venue answers pings.
    if (this.#setup.product.keepalive.kind === 'server-ping') this.#ping(this.#nowMs())
    this.#setup.counters.add('connects')
    this.#options.onChange(this, { kind: 'opened' })
    this.#requests.open()
  }

  readonly #onText = (frame: Buffer, receivedUs: MonotonicUs): void => {
    // The library still delivers what it had read before the socket was terminated.
    if (this.#isEnding) return
    const { product, instruments, counters, environment } = this.#setup
    environment.recorder?.onFrame(product.id, frame, receivedUs)
    this.#liveness.heard(this.#nowMs())
    counters.add('framesReceived')
    const frameClass = product.classify(frame, instruments, this.#head)
    switch (frameClass) {
      case FrameClass.malformed:
        this.#report.malformed('malformed frame from a venue', frame)
        return
      case FrameClass.control:
        this.#control(frame)
        return
      case FrameClass.ignored:
        counters.add('framesIgnored')
        return
      default:
        if (this.#isExpected(frameClass)) this.#data(frame, receivedUs)
        else counters.add('framesUnexpected')
    }
  }

  /** Unsolicited frames do not prove that the subscriptions work. */
  #isExpected(frameClass: FrameClass): boolean {
    if (FEED_OF_CLASS[frameClass] !== this.#options.feed) return false
    if (this.#head.instrument !== undefined) return true
    return frameClass === FrameClass.liquidation && this.#setup.product.areLiquidationsShared === true
  }

  #data(frame: Buffer, receivedUs: MonotonicUs): void {
    assert(!this.#isEnded, 'no frame comes after the end')
    this.#liveness.heardData()
    this.#report.heard(this.#head.instrument)
    if (!this.#isUp) this.#up()
    const { wasParsed } = this.#head
    this.#receiver.onFrame(frame, this.#head, receivedUs)
    this.#setup.fields.onFrame(frame, this.#head.frameClass, receivedUs)
    if (wasParsed) this.#report.unusual(frame)
  }

  #control(frame: Buffer): void {
    const control = this.#setup.product.readControl(frame)
    if (control.kind === 'closing-soon') this.#options.onChange(this, { kind: 'closing-soon' })
    if (control.kind === 'rejected') this.#setup.counters.add('rejections')
    this.#requests.accept(control)
  }

  #up(): void {
    assert(!this.#isUp && !this.#isEnded, 'a connection is up once, before its end')
    this.#isUp = true
    this.#options.onChange(this, { kind: 'up' })
  }

  #settled(): void {
    if (this.#isEnding) return
    if (!this.isSettled) this.#liveness.settled(this.#nowMs())
    if (!this.#isUp) this.#up()
    this.#options.onChange(this, { kind: 'settled' })
  }

  readonly #look = (): void => {
    const nowMs = this.#nowMs()
    const isUnanswered = this.#requests.isOverdue(nowMs)
    const fault = this.#liveness.faultOf(nowMs) ?? (isUnanswered ? 'a subscription was not acknowledged' : null)
    if (fault !== null) {
      this.end(fault, StatusReason.silent)
      return
    }
    if (this.#liveness.isFirstFrameOverdue(nowMs)) this.#report.reportSilent(this.refused)
    if (this.#liveness.isPingDue(nowMs)) this.#keepAlive(nowMs)
    if (this.#liveness.isOwnPingDue(nowMs)) this.#ping(nowMs)
  }

  #ping(nowMs: number): void {
    this.#liveness.pinged(nowMs)
    this.#socket.ping()
  }

  #keepAlive(nowMs: number): void {
    const { keepalive } = this.#setup.product
    if (keepalive.kind !== 'client-text') return
    this.#liveness.keptAlive(nowMs)
    this.#socket.send(keepalive.text(this.#requests.takeId()))
  }

  #closed(detail: string, refusal: HandshakeRefusal | undefined): void {
    assert(!this.#isEnded, 'a connection ends once')
    this.#isEnded = true
    const { timers } = this.#setup.environment
    timers.clear(this.#watch)
    this.#requests.close()
    this.#options.onChange(this, { kind: 'ended', reason: this.#endReason, detail, refusal })
  }
}
