// A venue allows so many new connections per window and address, counted over all our connections to one host. Trades have a
// reserved share of them, at least one, and state one before books: whatever the others do, these find a grant. A product whose
// list comes later than another's of the same host would else open its trade line a window later.

import assert from 'node:assert/strict'
import type { Feed } from '@tradelane/shared/market/nouns'

/** Of the window's connections. */
const TRADE_RESERVE_SHARE = 0.25
const STATE_RESERVE_SHARE = 0.15

export class ConnectBudget {
  readonly #windowMs: number
  /** Grants in one window, of all feeds together, up to which a feed gets one. */
  readonly #countMax: Readonly<Record<Feed, number>>
  readonly #grantedMs: number[] = []

  constructor({ connectCount, connectWindowMs }: { readonly connectCount: number; readonly connectWindowMs: number }) {
    this.#windowMs = connectWindowMs
    const state = Math.max(1, connectCount - Math.max(1, Math.floor(connectCount * TRADE_RESERVE_SHARE)))
    const book = Math.max(1, state - Math.floor(connectCount * STATE_RESERVE_SHARE))
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
