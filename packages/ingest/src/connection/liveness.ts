// When a connection has to be ended although its socket is open, and when the venue needs a keepalive from us: the times of
// what came, against the venue's keepalive rule and our own limits. Pure: its connection reports what happened when.

import assert from 'node:assert/strict'
import { Kind, type SubscribedKind } from '@tradelane/shared/market/nouns'
import type { Keepalive } from '@tradelane/venues/venue'
import { DATA_SILENCE_MS_MAX, FIRST_FRAME_MS_MAX, OPENING_MS_MAX, TRADE_SILENCE_MS_MAX } from '../limits.js'

export class Liveness {
  readonly openedMs: number
  readonly #keepalive: Keepalive
  readonly #kinds: ReadonlySet<SubscribedKind>
  #isOpen = false
  #isPaused = false
  #heardMs: number
  #keptAliveMs: number
  /** Infinity before the first. */
  #settledMs = Number.POSITIVE_INFINITY
  #dataMs = Number.POSITIVE_INFINITY

  /** `kinds`: what the connection carries. */
  constructor(keepalive: Keepalive, kinds: ReadonlySet<SubscribedKind>, nowMs: number) {
    this.#keepalive = keepalive
    this.#kinds = kinds
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
    return this.#dataMs !== Number.POSITIVE_INFINITY
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
  }

  heardData(nowMs: number): void {
    this.#dataMs = nowMs
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
    if (this.isSettled) this.#settledMs = nowMs
    if (this.hasData) this.#dataMs = nowMs
  }

  /** Why this connection has to be ended, or null. */
  faultOf(nowMs: number): string | null {
    if (!this.#isOpen) return nowMs - this.openedMs > OPENING_MS_MAX ? 'did not open in time' : null
    if (this.#isPaused) return null
    const silentMs = Math.round(nowMs - this.#heardMs)
    if (silentMs > this.#keepalive.silenceMs) return `silent for ${silentMs} ms`
    if (this.#kinds.has(Kind.trade)) return silentMs > TRADE_SILENCE_MS_MAX ? `no trade frame for ${silentMs} ms` : null
    // Hours may pass without a liquidation: only the venue's own rule decides.
    if (this.#kinds.has(Kind.liquidation)) return null
    if (!this.hasData) return this.isFirstFrameOverdue(nowMs) ? 'subscribed, but no frame came' : null
    const sinceDataMs = Math.round(nowMs - this.#dataMs)
    return sinceDataMs > DATA_SILENCE_MS_MAX ? `no data for ${sinceDataMs} ms, only keepalives` : null
  }

  isFirstFrameOverdue(nowMs: number): boolean {
    return nowMs - this.#settledMs > FIRST_FRAME_MS_MAX
  }

  /** Whether the venue needs a keepalive from us now. */
  isPingDue(nowMs: number): boolean {
    if (!this.#isOpen || this.#keepalive.kind !== 'client-text') return false
    const sinceMs = nowMs - (this.#keepalive.when === 'always' ? this.#keptAliveMs : this.#heardMs)
    return sinceMs >= this.#keepalive.afterMs
  }
}
