// A venue allows so many operations (subscribing, unsubscribing) an hour on one connection. The first subscription of everything
// is always sent: a plan is far smaller than the hour's number. What repeats, resyncs and what was refused before, has a small
// burst and then the rate that lasts an hour, so that no fault of one book uses up the connection. Pure: the caller provides the
// time.

import assert from 'node:assert/strict'

/** Of the hour's operations; the rest is for first subscriptions. */
const REPEATED_SHARE = 0.75
const BURST_SHARE = 1 / 30
const HOUR_MS = 3_600_000

export class OperationBudget {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #refilledMs = 0

  /** `perHour`: null where the venue states no limit. */
  constructor(perHour: number | null) {
    this.#perMs = perHour === null ? Number.POSITIVE_INFINITY : (perHour * REPEATED_SHARE) / HOUR_MS
    this.#burst = perHour === null ? Number.POSITIVE_INFINITY : Math.max(2, Math.floor(perHour * BURST_SHARE))
    this.#tokens = this.#burst
  }

  /** Repeated operations that may be sent now. Infinity without a limit. */
  left(nowMs: number): number {
    if (this.#burst === Number.POSITIVE_INFINITY) return this.#burst
    const passedMs = Math.max(0, nowMs - this.#refilledMs)
    this.#tokens = Math.min(this.#burst, this.#tokens + passedMs * this.#perMs)
    this.#refilledMs = nowMs
    return Math.floor(this.#tokens + ROUNDING)
  }

  /** Milliseconds until that many repeated operations may be sent; 0 takes them. */
  take(count: number, nowMs: number): number {
    assert(count >= 0 && count <= this.#burst, 'what is taken at once fits the burst')
    if (this.left(nowMs) < count) return Math.ceil((count - this.#tokens) / this.#perMs)
    if (count > 0 && this.#burst !== Number.POSITIVE_INFINITY) this.#tokens -= count
    return 0
  }
}

/** So that a token is whole after its named wait, whatever the sum of the parts rounds to. */
const ROUNDING = 1e-6
