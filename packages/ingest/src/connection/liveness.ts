// When a connection has to be ended although its socket is open, when the venue needs a keepalive from us, and when we ping it:
// the times of what came, against the venue's keepalive rule and our own limits. Whether its data should come is judged elsewhere
// (`silence/`). Pure: its connection reports what happened when.

import assert from 'node:assert/strict'
import { Kind, type SubscribedKind } from '@tradelane/shared/market/nouns'
import { DOUBLE } from '@tradelane/shared/thread/clock'
import type { Keepalive } from '@tradelane/venues/venue'
import { FIRST_FRAME_MS_MAX, OPENING_MS_MAX, PING_AFTER_MS, PONG_MS_MAX, TRADE_SILENCE_MS_MAX } from '../limits.js'

export interface LivenessOptions {
  readonly keepalive: Keepalive
  /** What the connection carries. */
  readonly kinds: ReadonlySet<SubscribedKind>
  /** The venue answers at least one of its subscriptions with a frame. */
  readonly startsWithFrame: boolean
}

export class Liveness {
  readonly openedMs: number
  readonly #keepalive: Keepalive
  readonly #kinds: ReadonlySet<SubscribedKind>
  #isOpen = false
  #isPaused = false
  readonly #startsWithFrame: boolean
  #heardMs = DOUBLE
  #keptAliveMs = DOUBLE
  /** Of our last ping while nothing came after it; Infinity otherwise. */
  #pingedMs = Number.POSITIVE_INFINITY
  #answersPings = false
  /** Infinity before the first. */
  #settledMs = Number.POSITIVE_INFINITY
  #hasData = false

  constructor({ keepalive, kinds, startsWithFrame }: LivenessOptions, nowMs: number) {
    this.#keepalive = keepalive
    this.#kinds = kinds
    this.#startsWithFrame = startsWithFrame
    this.openedMs = nowMs
    this.#heardMs = nowMs
    this.#keptAliveMs = nowMs
  }

  get isSettled(): boolean {
    return this.#settledMs !== Number.POSITIVE_INFINITY
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get hasData(): boolean {
    return this.#hasData
  }

  opened(nowMs: number): void {
    assert(!this.#isOpen, 'a connection is opened once')
    this.#isOpen = true
    this.#heardMs = nowMs
    this.#keptAliveMs = nowMs
  }

  heard(nowMs: number): void {
    assert(nowMs >= this.#heardMs, 'the monotonic clock does not go back')
    this.#heardMs = nowMs
    this.#pingedMs = Number.POSITIVE_INFINITY
  }

  heardData(): void {
    this.#hasData = true
  }

  pinged(nowMs: number): void {
    assert(this.#isOpen, 'a ping is sent on an open connection')
    this.#pingedMs = nowMs
  }

  ponged(nowMs: number): void {
    this.#answersPings = true
    this.heard(nowMs)
  }

  settled(nowMs: number): void {
    assert(!this.isSettled, 'a connection is settled once')
    this.#settledMs = nowMs
  }

  keptAlive(nowMs: number): void {
    assert(this.#isOpen, 'a keepalive is sent on an open connection')
    this.#keptAliveMs = nowMs
  }

  paused(): void {
    assert(!this.#isPaused, 'a paused connection is not paused again')
    this.#isPaused = true
  }

  /** The silence while paused was ours: all limits start again. */
  resumed(nowMs: number): void {
    assert(this.#isPaused, 'only a paused connection is resumed')
    this.#isPaused = false
    this.#heardMs = nowMs
    this.#pingedMs = Number.POSITIVE_INFINITY
    if (this.isSettled) this.#settledMs = nowMs
  }

  /** Why this connection has to be ended, or null. */
  faultOf(nowMs: number): string | null {
    if (!this.#isOpen) return nowMs - this.openedMs > OPENING_MS_MAX ? 'did not open in time' : null
    if (this.#isPaused) return null
    const silentMs = Math.round(nowMs - this.#heardMs)
    if (silentMs > this.#keepalive.silenceMs) return `silent for ${silentMs} ms`
    if (this.#answersPings && nowMs - this.#pingedMs > PONG_MS_MAX) return `silent for ${silentMs} ms, our pings too`
    if (this.#kinds.has(Kind.trade)) return silentMs > TRADE_SILENCE_MS_MAX ? `no trade frame for ${silentMs} ms` : null
    if (this.#hasData || !this.#startsWithFrame) return null
    return this.isFirstFrameOverdue(nowMs) ? 'subscribed, but no frame came' : null
  }

  isFirstFrameOverdue(nowMs: number): boolean {
    return nowMs - this.#settledMs > FIRST_FRAME_MS_MAX
  }

  /** Whether we want to know that the venue is there. Where clients send texts to keep a connection, those are answered. */
  isOwnPingDue(nowMs: number): boolean {
    if (!this.#isOpen || this.#isPaused || this.#keepalive.kind !== 'server-ping') return false
    return this.#pingedMs === Number.POSITIVE_INFINITY && nowMs - this.#heardMs >= PING_AFTER_MS
  }

  /** Whether the venue needs a keepalive from us now. */
  isPingDue(nowMs: number): boolean {
    if (!this.#isOpen || this.#keepalive.kind !== 'client-text') return false
    const sinceMs = nowMs - (this.#keepalive.when === 'always' ? this.#keptAliveMs : this.#heardMs)
    return sinceMs >= this.#keepalive.afterMs
  }
}
