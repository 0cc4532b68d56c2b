// Keeps a connection plan connected: opens its connection, opens another after a backoff when it ends, and replaces it before
// the venue cuts it. A replacement is opened beside the connection in use (`successor.ts`).

import assert from 'node:assert/strict'
import { type Feed, StatusReason } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import type { ConnectionPlan, Subscription } from '@tradelane/venues/venue'
import { RENEW_SPACING_MS } from '../limits.js'
import type { Connection } from './connection.js'
import type { ConnectionChange, ConnectionEnd } from './connection-change.js'
import type { ConnectionFactory } from './connection-factory.js'
import type { ConnectionReceiver, FrameReceiver } from './connection-receiver.js'
import { logEnd } from './connection-report.js'
import { Retry } from './retry.js'
import { Rotation } from './rotation.js'
import { Successor } from './successor.js'

export interface DurableConnectionOptions {
  readonly factory: ConnectionFactory
  readonly feed: Feed
  readonly plan: ConnectionPlan
  readonly receiver: ConnectionReceiver
  /** For tests; the venue's stated lifetime otherwise. */
  readonly lifetimeMs?: number | null
}

export class DurableConnection {
  readonly #options: DurableConnectionOptions
  readonly #retry: Retry
  readonly #rotation: Rotation
  #plan: ConnectionPlan
  /** The connection in use: it delivers to the receiver. */
  #current: Connection | undefined
  #successor: Successor | undefined
  #retryTimer: Timer | undefined
  /** Takes back the request for a connection, while it waits. */
  #cancelOpening: (() => void) | undefined
  #renewedMs = Number.NEGATIVE_INFINITY
  /** The successor is for the sake of a book: the connection in use can stay. */
  #isRenewal = false
  #isClosed = false
  #isPaused = false

  constructor(options: DurableConnectionOptions) {
    this.#options = options
    this.#plan = options.plan
    const { environment, product } = options.factory.setup
    const { feed, lifetimeMs = product.limits.lifetimeMs } = options
    this.#retry = new Retry(feed, environment.random)
    this.#rotation = new Rotation(environment, lifetimeMs, () => this.#replace())
  }

  get isUp(): boolean {
    return this.#current?.isUp ?? false
  }

  /** What the next connection carries. */
  get subscriptions(): readonly Subscription[] {
    return this.#plan.subscriptions
  }

  open(): void {
    if (this.#isClosed || this.#current !== undefined) return
    assert(this.#successor === undefined, 'a successor exists only beside a connection in use')
    this.#request(() => {
      this.#current = this.#connect(this.#options.receiver)
    })
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Ends the connection and opens another at once. */
  reopen(detail: string): void {
    this.#retry.reset()
    this.#current?.end(detail)
  }

  resubscribe(subscription: Subscription): void {
    this.#current?.resubscribe(subscription)
  }

  get resubscriptionsLeft(): number {
    return this.#current?.resubscriptionsLeft ?? 0
  }

  /** Replaces the connection as at the end of its lifetime, not more often than the limit. True when a successor will come. */
  renew(): boolean {
    if (this.#successor !== undefined) return true
    if (!this.isUp || this.#nowMs() - this.#renewedMs < RENEW_SPACING_MS) return false
    this.#renewedMs = this.#nowMs()
    this.#counters.add('connectionsRenewed')
    this.#replace()
    this.#isRenewal = true
    return true
  }

  /** Whether the connection in use was refused it. */
  refuses(subscription: Subscription): boolean {
    return this.#current?.refused.has(subscription) ?? false
  }

  /** Carries these no longer. False: it carried nothing else, and is closed. */
  leaveOut(subscriptions: readonly Subscription[]): boolean {
    assert(!this.#isClosed, 'nothing is left out of a closed connection')
    const rest = this.#plan.subscriptions.filter(each => !subscriptions.includes(each))
    this.#plan = { ...this.#plan, subscriptions: rest }
    if (rest.length === 0) {
      this.close()
      return false
    }
    this.#current?.leaveOut(subscriptions)
    this.#successor?.connection.leaveOut(subscriptions)
    return true
  }

  pause(): void {
    assert(!this.#isPaused, 'a paused connection is not paused again')
    this.#isPaused = true
    this.#retry.paused()
    this.#current?.pause()
    this.#successor?.connection.pause()
    // What the one in use has on its way is not read: the overlap begins again.
    this.#successor?.endOverlap()
  }

  resume(): void {
    assert(this.#isPaused, 'only a paused connection is resumed')
    this.#isPaused = false
    this.#current?.resume()
    this.#successor?.connection.resume()
    this.#successor?.considerOverlap()
  }

  close(): void {
    this.#isClosed = true
    this.#cancelOpening?.()
    this.#timers.clear(this.#retryTimer)
    this.#rotation.stop()
    this.#successor?.endOverlap()
    this.#successor?.connection.end('stopping')
    this.#current?.end('stopping')
  }

  get #timers(): Timers {
    return this.#options.factory.setup.environment.timers
  }

  #nowMs(): number {
    return this.#options.factory.setup.environment.nowMs()
  }

  get #counters(): Counters {
    return this.#options.factory.setup.counters
  }

  /** In the order of use and within the limits of the host. One request waits at a time. */
  #request(open: () => void): void {
    this.#cancelOpening?.()
    let isOpened = false
    const cancel = this.#options.factory.request(this.#options.feed, () => {
      isOpened = true
      this.#cancelOpening = undefined
      open()
    })
    if (!isOpened) this.#cancelOpening = cancel
  }

  #connect(receiver: FrameReceiver): Connection {
    const { factory, feed } = this.#options
    const connection = factory.connect({ feed, plan: this.#plan, receiver, onChange: this.#change })
    if (this.#isPaused) connection.pause()
    return connection
  }

  readonly #change = (connection: Connection, change: ConnectionChange): void => {
    switch (change.kind) {
      case 'up':
        if (connection === this.#current) this.#up()
        return
      case 'settled':
        this.#settled(connection)
        return
      case 'closing-soon':
        this.#replace()
        return
      case 'ended':
        if (connection === this.#successor?.connection) this.#successorEnded(this.#successor)
        else if (connection === this.#current) this.#currentEnded(connection, change)
        return
      default:
    }
  }

  #up(): void {
    this.#rotation.start()
    this.#options.receiver.onUp(false)
  }

  #settled(connection: Connection): void {
    if (connection === this.#current) this.#options.receiver.onSettled?.(connection.refused)
    else if (connection === this.#successor?.connection) {
      if (this.#isPaused) this.#successor.endOverlap()
      else this.#successor.considerOverlap()
    }
  }

  /** Opens the successor beside the connection in use. */
  #replace(): void {
    this.#isRenewal = false
    if (this.#isClosed || this.#successor !== undefined || !this.isUp) return
    const { factory, feed } = this.#options
    this.#request(() => {
      this.#successor = new Successor({
        feed,
        environment: factory.setup.environment,
        connect: receiver => this.#connect(receiver),
        onFull: () => {
          this.#counters.add('heldFramesFull')
          this.#handOver()
        },
        onOverlapped: () => this.#handOver(),
      })
    })
  }

  /** The successor becomes the connection in use. */
  #handOver(): void {
    const successor = this.#successor
    if (successor === undefined || this.#isClosed) return
    const { receiver } = this.#options
    const { isSeamless, connection } = successor
    successor.endOverlap()
    const old = this.#current
    this.#current = connection
    this.#successor = undefined
    old?.end('replaced before the end of its lifetime')
    this.#rotation.start()
    if (isSeamless) this.#counters.add('handovers')
    else receiver.onDown(StatusReason.disconnected)
    receiver.onUp(isSeamless)
    successor.deliverTo(receiver)
    if (connection.isSettled) receiver.onSettled?.(connection.refused)
  }

  #successorEnded(successor: Successor): void {
    successor.endOverlap()
    this.#successor = undefined
    if (this.#isClosed) return
    this.#counters.add('connectFailures')
    if (!this.#isRenewal) this.#rotation.dueIn(this.#retry.msAfterSuccessor())
  }

  #currentEnded(ended: Connection, end: ConnectionEnd): void {
    const { reason, detail, refusal } = end
    this.#current = undefined
    if (this.#isClosed) return
    this.#cancelOpening?.()
    this.#cancelOpening = undefined
    this.#counters.add(ended.isUp ? 'connectionsLost' : 'connectFailures')
    const successor = this.#successor
    if (successor?.connection.isUp) {
      this.#handOver()
      return
    }
    const { receiver } = this.#options
    receiver.onDown(ended.isUp ? reason : StatusReason.disconnected)
    // A refusal is logged once for its host.
    if (refusal === undefined) logEnd(this.#options.factory.setup, this.#options.feed, ended.isUp, detail)
    this.#retry.resetAfter(ended, reason, this.#nowMs())
    if (successor === undefined) {
      this.#retryIn(this.#retry.msAfter(ended, end, this.#isPaused))
      return
    }
    // It is opening already and becomes the connection in use. No frames are held: it was not up.
    successor.endOverlap()
    this.#current = successor.connection
    this.#successor = undefined
    successor.connection.assign(receiver)
  }

  #retryIn(waitMs: number): void {
    this.#timers.clear(this.#retryTimer)
    this.#retryTimer = this.#timers.setTimeout(() => this.open(), waitMs)
  }
}
