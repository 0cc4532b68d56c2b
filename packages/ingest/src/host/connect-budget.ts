// A venue allows so many new connections per window and address, counted over all our connections to one host. Where windows are
// long, trades have a reserved share of them, and state one before books: whatever the others do, these find a grant. In a short
// window it is enough that trades come first.

import assert from 'node:assert/strict'
import type { Feed } from '@tradelane/shared/market/nouns'

/** Of the window's connections. */
const TRADE_RESERVE_SHARE = 0.25
const STATE_RESERVE_SHARE = 0.15
/** A trade line may wait this long. */
const SHORT_WINDOW_MS = 4_000

export class ConnectBudget {
  readonly #windowMs: number
  /** Grants in one window, of all feeds together, up to which a feed gets one. */
  readonly #countMax: Readonly<Record<Feed, number>>
  readonly #grantedMs: number[] = []

  constructor({ connectCount, connectWindowMs }: { readonly connectCount: number; readonly connectWindowMs: number }) {
    this.#windowMs = connectWindowMs
    const reservable = connectWindowMs > SHORT_WINDOW_MS ? connectCount : 0
    const state = Math.max(1, connectCount - Math.ceil(reservable * TRADE_RESERVE_SHARE))
    const book = Math.max(1, state - Math.floor(reservable * STATE_RESERVE_SHARE))
    this.#countMax = { trade: connectCount, state, book }
  }

  /** Milliseconds to wait; 0 takes a grant. */
  take(feed: Feed, nowMs: number): number {
    assert(nowMs >= (this.#grantedMs.at(-1) ?? nowMs), 'grants are in the order of time')
    while (this.#grantedMs.length > 0 && nowMs - (this.#grantedMs[0] ?? 0) >= this.#windowMs) this.#grantedMs.shift()
    const over = this.#grantedMs.length - this.#countMax[feed]
    if (over < 0) {
      this.#grantedMs.push(nowMs)
      return 0
    }
    assert(this.#grantedMs.length <= this.#countMax.trade, 'no window has more grants than the venue allows')
    return (this.#grantedMs[over] ?? nowMs) + this.#windowMs - nowMs
  }
}
