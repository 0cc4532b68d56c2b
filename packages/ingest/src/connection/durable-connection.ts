// Keeps one connection plan served for ever: opens its connection, opens another after a backoff when it ends, and replaces
// it in time before the venue cuts it. At a replacement the successor's frames are held until the old connection is closed,
// so that the order of the frames never turns; duplicates are recognised by whoever takes the frames.

import { type MonotonicUs, StatusReason } from '@tradelane/shared/market/nouns'
import type { FrameClass, FrameHead, Subscription } from '@tradelane/venues/venue'
import {
  BACKOFF_CALM_MS,
  BACKOFF_MS_MAX,
  HELD_FRAMES_MAX,
  OVERLAP_MS,
  OVERLOAD_RETRY_MS_MAX,
  ROTATION_SHARE,
} from '../limits.js'
import { Backoff } from './backoff.js'
import type { ConnectBudget } from './connect-budget.js'
import { Connection, type ConnectionOptions } from './connection.js'

/** What a feed does with a line's frames. */
export interface LineEvents {
  /** Before the frames of a new connection. `isSeamless`: the old one was closed after this one was up. */
  onUp(line: DurableConnection, isSeamless: boolean): void
  onFrame(line: DurableConnection, frame: Buffer, head: FrameHead, receivedUs: MonotonicUs): void
  onChunkEnd(line: DurableConnection): void
  /** Every stream of the connection in use was acknowledged or `refused`: from here on nothing is missed of the former. */
  onSettled?(line: DurableConnection, refused: ReadonlySet<Subscription>): void
  onDown(line: DurableConnection, reason: StatusReason): void
}

export interface DurableConnectionOptions extends Omit<ConnectionOptions, 'events'> {
  readonly budget: ConnectBudget
  readonly lineEvents: LineEvents
  /** For tests; the venue's stated lifetime otherwise. */
  readonly lifetimeMs?: number | null
}

interface HeldFrame {
  readonly frame: Buffer
  readonly frameClass: FrameClass
  readonly instrument: FrameHead['instrument']
  readonly receivedUs: MonotonicUs
}

export class DurableConnection {
  readonly subscriptions: readonly Subscription[]
  readonly #options: DurableConnectionOptions
  readonly #backoff = new Backoff()
  readonly #held: HeldFrame[] = []
  #current: Connection | undefined
  #successor: Connection | undefined
  #timer: NodeJS.Timeout | undefined
  #rotation: NodeJS.Timeout | undefined
  #handover: NodeJS.Timeout | undefined
  #isClosed = false
  #isPaused = false
  /** The connection in use has been paused. */
  #wasPaused = false

  constructor(options: DurableConnectionOptions) {
    this.#options = options
    this.subscriptions = options.plan.subscriptions
  }

  get isUp(): boolean {
    return this.#current?.isUp ?? false
  }

  open(): void {
    if (this.#isClosed || this.#current !== undefined) return
    const waitMs = this.#options.budget.take(this.#options.nowMs())
    if (waitMs > 0) this.#retryIn(waitMs)
    else this.#current = this.#connect()
  }

  /** Ends the connection and opens another at once. */
  reopen(detail: string): void {
    this.#backoff.reset()
    this.#current?.end(detail)
  }

  resubscribe(stream: Subscription): void {
    this.#current?.resubscribe(stream)
  }

  pause(): void {
    this.#isPaused = true
    this.#wasPaused = true
    this.#current?.pause()
    this.#successor?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#current?.resume()
    this.#successor?.resume()
  }

  close(): void {
    this.#isClosed = true
    for (const timer of [this.#timer, this.#rotation, this.#handover]) clearTimeout(timer)
    this.#successor?.end('stopping')
    this.#current?.end('stopping')
  }

  #connect(): Connection {
    const connection = new Connection({
      ...this.#options,
      events: {
        onUp: connection => this.#up(connection),
        onSettled: connection => this.#settled(connection),
        onFrame: this.#frame,
        onChunkEnd: () => this.#options.lineEvents.onChunkEnd(this),
        onClosingSoon: () => this.#replace(),
        onEnded: (connection, reason, detail) => this.#ended(connection, reason, detail),
      },
    })
    if (this.#isPaused) connection.pause()
    return connection
  }

  #up(connection: Connection): void {
    if (connection !== this.#current) return
    this.#scheduleRotation()
    this.#options.lineEvents.onUp(this, false)
  }

  /** Only a successor that carries everything may take over. */
  #settled(connection: Connection): void {
    if (connection === this.#successor) this.#handover = setTimeout(() => this.#handOver(), OVERLAP_MS)
    else if (connection === this.#current) this.#options.lineEvents.onSettled?.(this, connection.refused)
  }

  readonly #frame = (connection: Connection, frame: Buffer, head: FrameHead, receivedUs: MonotonicUs): void => {
    if (connection !== this.#successor) {
      if (connection === this.#current) this.#options.lineEvents.onFrame(this, frame, head, receivedUs)
      return
    }
    this.#held.push({ frame, frameClass: head.frameClass, instrument: head.instrument, receivedUs })
    if (this.#held.length >= HELD_FRAMES_MAX) this.#handOver()
  }

  #scheduleRotation(): void {
    clearTimeout(this.#rotation)
    const lifetimeMs =
      this.#options.lifetimeMs === undefined ? this.#options.product.limits.lifetimeMs : this.#options.lifetimeMs
    // Spread, so that the lines of a product do not turn over together.
    if (lifetimeMs !== null) this.#replaceIn(lifetimeMs * (ROTATION_SHARE - Math.random() * 0.05))
  }

  /** Opens the successor beside the connection in use. */
  #replace(): void {
    if (this.#isClosed || this.#successor !== undefined || !this.isUp) return
    const waitMs = this.#options.budget.take(this.#options.nowMs())
    if (waitMs > 0) {
      this.#replaceIn(waitMs)
      return
    }
    this.#held.length = 0
    this.#successor = this.#connect()
  }

  #replaceIn(waitMs: number): void {
    clearTimeout(this.#rotation)
    this.#rotation = setTimeout(() => this.#replace(), Math.min(waitMs, TIMER_MS_MAX))
  }

  #handOver(): void {
    clearTimeout(this.#handover)
    const successor = this.#successor
    if (successor === undefined || this.#isClosed) return
    const { lineEvents } = this.#options
    const old = this.#current
    const isSeamless = successor.isSettled
    this.#current = successor
    this.#successor = undefined
    old?.end('replaced before the end of its life')
    this.#scheduleRotation()
    if (!isSeamless) lineEvents.onDown(this, StatusReason.disconnected)
    lineEvents.onUp(this, isSeamless)
    for (const held of this.#held) lineEvents.onFrame(this, held.frame, held, held.receivedUs)
    this.#held.length = 0
    if (isSeamless) lineEvents.onSettled?.(this, successor.refused)
    lineEvents.onChunkEnd(this)
  }

  #ended(connection: Connection, reason: StatusReason, detail: string): void {
    if (connection === this.#successor) {
      this.#successor = undefined
      this.#held.length = 0
      clearTimeout(this.#handover)
      if (!this.#isClosed) this.#replaceIn(this.#backoff.nextMs())
      return
    }
    if (connection !== this.#current) return
    this.#current = undefined
    if (this.#isClosed) return
    if (this.#successor?.isUp) {
      this.#handOver()
      return
    }
    this.#options.lineEvents.onDown(this, connection.isUp ? reason : StatusReason.disconnected)
    this.#told(connection, detail)
    if (this.#wasCalm(connection, reason)) this.#backoff.reset()
    if (this.#successor !== undefined) {
      // On its way already: it is the next connection, and no longer one that takes over.
      this.#current = this.#successor
      this.#successor = undefined
    } else this.#retryIn(this.#retryMs(connection))
  }

  /** Venues end who does not read. That is our overload, not their trouble: the books are to be back soon after it. */
  #retryMs(ended: Connection): number {
    const isOverload = this.#wasPaused && ended.hasData
    this.#wasPaused = this.#isPaused
    return this.#backoff.nextMs(isOverload ? OVERLOAD_RETRY_MS_MAX : BACKOFF_MS_MAX)
  }

  /** Whether it did its work for a while: a venue that accepts and says nothing is asked less and less often. */
  #wasCalm(connection: Connection, reason: StatusReason): boolean {
    if (!connection.isUp || this.#options.nowMs() - connection.openedMs <= BACKOFF_CALM_MS) return false
    return connection.hasData || reason === StatusReason.disconnected
  }

  #told(connection: Connection, detail: string): void {
    const { counters, limitedLog, product, feed } = this.#options
    counters.add('reconnects')
    const what = connection.isUp ? 'a venue connection ended' : 'a venue connection could not be opened'
    limitedLog.write('warn', what, `${product.id} ${feed}`, { detail })
  }

  #retryIn(waitMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.open(), waitMs)
  }
}

/** Longer timers fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1
