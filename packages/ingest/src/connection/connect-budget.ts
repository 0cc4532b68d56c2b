// A venue allows so many new connections per window and address, counted over all our connections to one product.

import assert from 'node:assert/strict'

export class ConnectBudget {
  readonly #count: number
  readonly #windowMs: number
  readonly #grantedMs: number[] = []

  constructor(limits: { readonly connectCount: number; readonly connectWindowMs: number }) {
    this.#count = limits.connectCount
    this.#windowMs = limits.connectWindowMs
  }

  /** Milliseconds to wait; 0 takes a grant. */
  take(nowMs: number): number {
    assert(nowMs >= (this.#grantedMs.at(-1) ?? nowMs), 'grants are in the order of time')
    while (this.#grantedMs.length > 0 && nowMs - (this.#grantedMs[0] ?? 0) >= this.#windowMs) this.#grantedMs.shift()
    if (this.#grantedMs.length < this.#count) {
      this.#grantedMs.push(nowMs)
      return 0
    }
    assert(this.#grantedMs.length === this.#count, 'no window has more grants than the venue allows')
    return (this.#grantedMs[0] ?? nowMs) + this.#windowMs - nowMs
  }
}
