// Keeps one connection plan served for ever: opens its connection, opens another after a backoff when it ends, and replaces
// it in time before the venue cuts it. At a replacement the successor's frames are held until the old connection is closed,
// so that the order of the frames never turns; duplicates are recognised by whoever takes the frames.

import { StatusReason, type WallUs } from '@tradelane/shared/nouns'
import type { FrameClass, FrameHead, Stream } from '@tradelane/venues/venue'
import { Backoff } from './backoff.js'
import type { ConnectBudget } from './connect-budget.js'
import { Connection, type ConnectionOptions } from './connection.js'
import { BACKOFF_CALM_MS, HELD_FRAMES_MAX, OVERLAP_MS, ROTATION_SHARE } from './limits.js'

/** What a feed does with a line's frames. */
export interface LineEvents {
  /** Before the frames of a new connection. `isSeamless`: the old one was closed after this one was up. */
  onUp(line: Line, isSeamless: boolean): void
  onFrame(line: Line, frame: Buffer, head: FrameHead, receivedUs: WallUs): void
  onChunkEnd(line: Line): void
  onDown(line: Line, reason: StatusReason): void
}

export interface LineOptions extends Omit<ConnectionOptions, 'events'> {
  readonly budget: ConnectBudget
  readonly lineEvents: LineEvents
  /** For tests; the venue's stated lifetime otherwise. */
  readonly lifetimeMs?: number | null
}

interface HeldFrame {
  readonly frame: Buffer
  readonly frameClass: FrameClass
  readonly instrument: FrameHead['instrument']
  readonly receivedUs: WallUs
}

export class Line {
  readonly streams: readonly Stream[]
  readonly #options: LineOptions
  readonly #backoff = new Backoff()
  readonly #held: HeldFrame[] = []
  #current: Connection | undefined
  #successor: Connection | undefined
  #timer: NodeJS.Timeout | undefined
  #rotation: NodeJS.Timeout | undefined
  #handover: NodeJS.Timeout | undefined
  #isClosed = false
  #isPaused = false

  constructor(options: LineOptions) {
    this.#options = options
    this.streams = options.plan.streams
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

  resubscribe(stream: Stream): void {
    this.#current?.resubscribe(stream)
  }

  pause(): void {
    this.#isPaused = true
    this.#current?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#current?.resume()
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
    if (connection === this.#successor) {
      this.#handover = setTimeout(() => this.#handOver(), OVERLAP_MS)
      return
    }
    this.#scheduleRotation()
    this.#options.lineEvents.onUp(this, false)
  }

  readonly #frame = (connection: Connection, frame: Buffer, head: FrameHead, receivedUs: WallUs): void => {
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
    if (lifetimeMs === null) return
    // Spread, so that the lines of a product do not turn over together.
    const ageMs = lifetimeMs * (ROTATION_SHARE - Math.random() * 0.05)
    this.#rotation = setTimeout(() => this.#replace(), Math.min(ageMs, TIMER_MS_MAX))
  }

  /** Opens the successor beside the connection in use. */
  #replace(): void {
    if (this.#isClosed || this.#successor !== undefined || !this.isUp) return
    if (this.#options.budget.take(this.#options.nowMs()) > 0) return
    this.#held.length = 0
    this.#successor = this.#connect()
  }

  #handOver(): void {
    clearTimeout(this.#handover)
    const successor = this.#successor
    if (successor === undefined || this.#isClosed) return
    const old = this.#current
    this.#current = successor
    this.#successor = undefined
    old?.end('replaced before the end of its life')
    this.#scheduleRotation()
    const { lineEvents } = this.#options
    lineEvents.onUp(this, true)
    for (const held of this.#held) lineEvents.onFrame(this, held.frame, held, held.receivedUs)
    this.#held.length = 0
    lineEvents.onChunkEnd(this)
  }

  #ended(connection: Connection, reason: StatusReason, detail: string): void {
    if (connection === this.#successor) {
      this.#successor = undefined
      this.#held.length = 0
      clearTimeout(this.#handover)
      if (!this.#isClosed) this.#rotation = setTimeout(() => this.#replace(), this.#backoff.nextMs())
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
    if (this.#options.nowMs() - connection.openedMs > BACKOFF_CALM_MS) this.#backoff.reset()
    this.#retryIn(this.#backoff.nextMs())
  }

  #told(connection: Connection, detail: string): void {
    const { counters, notices, product, feed } = this.#options
    counters.add('reconnects')
    const what = connection.isUp ? 'a venue connection ended' : 'a venue connection could not be opened'
    notices.say('warn', what, `${product.id} ${feed}`, { detail })
  }

  #retryIn(waitMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.open(), waitMs)
  }
}

/** Longer timers fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1
