// A venue allows so many new connections per window and address, counted over all our connections to it. Grants the moment
// of the next one.

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
    while (this.#grantedMs.length > 0 && nowMs - (this.#grantedMs[0] ?? 0) >= this.#windowMs) this.#grantedMs.shift()
    if (this.#grantedMs.length < this.#count) {
      this.#grantedMs.push(nowMs)
      return 0
    }
    return (this.#grantedMs[0] ?? nowMs) + this.#windowMs - nowMs
  }
}
