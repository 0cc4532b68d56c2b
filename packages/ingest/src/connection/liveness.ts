// When a connection is of no more use although its socket stands, and when it must be told that we live: times of what came,
// against the venue's keepalive rule and our own patience. Pure: whoever owns the connection tells it what happened when.

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

  get hasData(): boolean {
    return this.#dataMs !== Number.POSITIVE_INFINITY
  }

  opened(nowMs: number): void {
    this.#isOpen = true
    this.#heardMs = nowMs
    this.#keptAliveMs = nowMs
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs
  }

  heardData(nowMs: number): void {
    this.#dataMs = nowMs
  }

  settled(nowMs: number): void {
    this.#settledMs = nowMs
  }

  keptAlive(nowMs: number): void {
    this.#keptAliveMs = nowMs
  }

  paused(): void {
    this.#isPaused = true
  }

  /** The silence was ours. */
  resumed(nowMs: number): void {
    this.#isPaused = false
    this.#heardMs = nowMs
    if (this.isSettled) this.#settledMs = nowMs
    if (this.hasData) this.#dataMs = nowMs
  }

  /** Why this connection is of no more use, or null. */
  faultOf(nowMs: number): string | null {
    if (!this.#isOpen) return nowMs - this.openedMs > OPENING_MS_MAX ? 'it did not open' : null
    if (this.#isPaused) return null
    const silentMs = Math.round(nowMs - this.#heardMs)
    if (silentMs > this.#keepalive.silenceMs) return `silent for ${silentMs} ms`
    if (this.#kinds.has(Kind.trade)) return silentMs > TRADE_SILENCE_MS_MAX ? `no trade frame for ${silentMs} ms` : null
    // Hours may pass without one: only the venue's own rule tells.
    if (this.#kinds.has(Kind.liquidation)) return null
    if (!this.hasData) return this.isFirstFrameOverdue(nowMs) ? 'subscribed, but no frame came' : null
    const sinceDataMs = Math.round(nowMs - this.#dataMs)
    return sinceDataMs > DATA_SILENCE_MS_MAX ? `only signs of life for ${sinceDataMs} ms` : null
  }

  isFirstFrameOverdue(nowMs: number): boolean {
    return nowMs - this.#settledMs > FIRST_FRAME_MS_MAX
  }

  /** Whether our side owes a sign of life, as the venue wants it. */
  isPingDue(nowMs: number): boolean {
    if (!this.#isOpen || this.#keepalive.kind !== 'client-text') return false
    const sinceMs = nowMs - (this.#keepalive.when === 'always' ? this.#keptAliveMs : this.#heardMs)
    return sinceMs >= this.#keepalive.afterMs
  }
}
