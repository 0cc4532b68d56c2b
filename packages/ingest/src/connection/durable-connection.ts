// Keeps a connection plan connected: opens its connection, opens another after a backoff when it ends, and replaces it before
// the venue cuts it. At a replacement the successor's frames are held until the old connection is closed, so that frames never
// go back in time.

import assert from 'node:assert/strict'
import { type Feed, StatusReason } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Timer, Timers } from '@tradelane/shared/thread/timers'
import type { ConnectionPlan, Subscription } from '@tradelane/venues/venue'
import {
  BACKOFF_CALM_MS,
  BOOK_OVERLAP_MS_MIN,
  OVERLAP_MS,
  RENEW_SPACING_MS,
  ROTATION_SHARE,
  ROTATION_SPREAD_SHARE,
} from '../limits.js'
import { Backoff } from './backoff.js'
import type { Connection } from './connection.js'
import type { ConnectionChange, ConnectionEnd } from './connection-change.js'
import type { ConnectionFactory } from './connection-factory.js'
import type { ConnectionReceiver, FrameReceiver } from './connection-receiver.js'
import { logEnd } from './connection-report.js'
import { HeldFrames } from './held-frames.js'
import { retryMsOf } from './retry.js'

export interface DurableConnectionOptions {
  readonly factory: ConnectionFactory
  readonly feed: Feed
  readonly plan: ConnectionPlan
  readonly receiver: ConnectionReceiver
  /** For tests; the venue's stated lifetime otherwise. */
  readonly lifetimeMs?: number | null
}

/** A connection beside the one in use, which it will replace. */
interface Successor {
  readonly connection: Connection
  readonly held: HeldFrames
}

export class DurableConnection {
  readonly #options: DurableConnectionOptions
  readonly #backoff: Backoff
  #plan: ConnectionPlan
  /** The connection in use: it delivers to the receiver. */
  #current: Connection | undefined
  #successor: Successor | undefined
  #retryTimer: Timer | undefined
  /** Takes back the request for a connection, while it waits. */
  #cancelOpening: (() => void) | undefined
  #rotationTimer: Timer | undefined
  #handoverTimer: Timer | undefined
  /** Since when both connections bring everything, and are read; NaN while they do not. */
  #overlapMs = Number.NaN
  #renewedMs = Number.NEGATIVE_INFINITY
  /** The successor is for the sake of a book: the connection in use can stay. */
  #isRenewal = false
  #isClosed = false
  #isPaused = false
  /** The connection in use has been paused. */
  #wasPaused = false

  constructor(options: DurableConnectionOptions) {
    this.#options = options
    this.#plan = options.plan
    this.#backoff = new Backoff(options.factory.setup.environment.random)
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
    this.#backoff.reset()
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
    this.#wasPaused = true
    this.#current?.pause()
    this.#successor?.connection.pause()
    // What the one in use has on its way is not read: the overlap begins again.
    this.#endOverlap()
  }

  resume(): void {
    assert(this.#isPaused, 'only a paused connection is resumed')
    this.#isPaused = false
    this.#current?.resume()
    this.#successor?.connection.resume()
    const next = this.#successor?.connection
    if (next?.isSettled && !next.isWaiting) this.#beginOverlap()
  }

  close(): void {
    this.#isClosed = true
    this.#cancelOpening?.()
    for (const timer of [this.#retryTimer, this.#rotationTimer, this.#handoverTimer]) this.#timers.clear(timer)
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
        if (connection === this.#successor?.connection) this.#successorEnded()
        else if (connection === this.#current) this.#currentEnded(connection, change)
        return
      default:
    }
  }

  #up(): void {
    this.#scheduleRotation()
    this.#options.receiver.onUp(false)
  }

  /** Only a successor that carries everything may take over. */
  #settled(connection: Connection): void {
    if (connection === this.#current) this.#options.receiver.onSettled?.(connection.refused)
    else if (connection === this.#successor?.connection) {
      this.#endOverlap()
      if (!connection.isWaiting && !this.#isPaused) this.#beginOverlap()
    }
  }

  #beginOverlap(): void {
    this.#overlapMs = this.#nowMs()
    this.#handoverTimer = this.#timers.setTimeout(() => this.#handOver(), OVERLAP_MS)
  }

  #endOverlap(): void {
    this.#overlapMs = Number.NaN
    this.#timers.clear(this.#handoverTimer)
  }

  #scheduleRotation(): void {
    const { lifetimeMs: lifetimeForTests, factory } = this.#options
    const { product, environment } = factory.setup
    this.#timers.clear(this.#rotationTimer)
    const lifetimeMs = lifetimeForTests === undefined ? product.limits.lifetimeMs : lifetimeForTests
    // Spread, so that the connections of a product are not replaced together.
    if (lifetimeMs !== null)
      this.#replaceIn(lifetimeMs * (ROTATION_SHARE - environment.random() * ROTATION_SPREAD_SHARE))
  }

  /** Opens the successor beside the connection in use. */
  #replace(): void {
    this.#isRenewal = false
    if (this.#isClosed || this.#successor !== undefined || !this.isUp) return
    this.#request(() => {
      const held = new HeldFrames(() => {
        this.#counters.add('heldFramesFull')
        this.#handOver()
      })
      this.#successor = { connection: this.#connect(held), held }
    })
  }

  #replaceIn(waitMs: number): void {
    this.#timers.clear(this.#rotationTimer)
    this.#rotationTimer = this.#timers.setTimeout(() => this.#replace(), Math.min(waitMs, TIMER_MS_MAX))
  }

  /** Nothing is missed by going on with the successor. */
  #isSeamless(successor: Connection): boolean {
    if (this.#options.feed !== 'book') return successor.isSettled
    return this.#nowMs() - this.#overlapMs >= BOOK_OVERLAP_MS_MIN
  }

  /** The successor becomes the connection in use. */
  #handOver(): void {
    this.#timers.clear(this.#handoverTimer)
    if (this.#successor === undefined || this.#isClosed) return
    const { connection, held } = this.#successor
    assert(connection.isUp, 'a connection is up before it takes over')
    const { receiver } = this.#options
    const old = this.#current
    const isSeamless = this.#isSeamless(connection)
    this.#endOverlap()
    this.#current = connection
    this.#successor = undefined
    old?.end('replaced before the end of its lifetime')
    this.#scheduleRotation()
    if (isSeamless) this.#counters.add('handovers')
    else receiver.onDown(StatusReason.disconnected)
    receiver.onUp(isSeamless)
    connection.assign(receiver)
    held.deliverTo(receiver)
    if (connection.isSettled) receiver.onSettled?.(connection.refused)
  }

  #successorEnded(): void {
    this.#successor = undefined
    this.#endOverlap()
    if (this.#isClosed) return
    this.#counters.add('connectFailures')
    if (!this.#isRenewal) this.#replaceIn(this.#backoff.nextMs())
  }

  #currentEnded(ended: Connection, end: ConnectionEnd): void {
    const { reason, detail, refusal } = end
    this.#current = undefined
    if (this.#isClosed) return
    this.#cancelOpening?.()
    this.#cancelOpening = undefined
    this.#counters.add(ended.isUp ? 'connectionsLost' : 'connectFailures')
    const successor = this.#successor?.connection
    if (successor?.isUp) {
      this.#handOver()
      return
    }
    const { receiver } = this.#options
    receiver.onDown(ended.isUp ? reason : StatusReason.disconnected)
    // A refusal is logged once for its host.
    if (refusal === undefined) logEnd(this.#options.factory.setup, this.#options.feed, ended.isUp, detail)
    if (this.#wasCalm(ended, reason)) this.#backoff.reset()
    if (successor === undefined) {
      this.#retryIn(this.#retryMs(ended, end))
      return
    }
    // It is opening already and becomes the connection in use. No frames are held: it was not up.
    this.#current = successor
    this.#successor = undefined
    successor.assign(receiver)
  }

  /** Venues end connections that are not read. Then the overload was ours, and the books have to be back soon after it. */
  #retryMs(ended: Connection, end: ConnectionEnd): number {
    const isOverload = this.#wasPaused && ended.hasData
    this.#wasPaused = this.#isPaused
    const isGone = !ended.wasOpened && this.#options.feed === 'trade'
    return retryMsOf(this.#backoff, end, { isOverload, isGone })
  }

  /** Whether it worked for a while: to a venue that accepts connections and sends nothing, connections become rarer. */
  #wasCalm(connection: Connection, reason: StatusReason): boolean {
    if (!connection.isUp || this.#nowMs() - connection.openedMs <= BACKOFF_CALM_MS) return false
    return connection.hasData || reason === StatusReason.disconnected
  }

  #retryIn(waitMs: number): void {
    this.#timers.clear(this.#retryTimer)
    this.#retryTimer = this.#timers.setTimeout(() => this.open(), waitMs)
  }
}

/** Node fires longer timers at once. */
const TIMER_MS_MAX = 2 ** 31 - 1
