// How many requests are served: a steady rate, with what was not used in the last second as a burst.

import assert from 'node:assert/strict'

export class RequestRate {
  readonly #perS: number
  #left: number
  #refilledMs: number

  constructor(perS: number, nowMs: number) {
    this.#perS = perS
    this.#left = perS
    this.#refilledMs = nowMs
  }

  /** Whether one more is within the rate. */
  take(nowMs: number): boolean {
    assert(nowMs >= this.#refilledMs, 'monotonic time never goes back')
    this.#left = Math.min(this.#perS, this.#left + ((nowMs - this.#refilledMs) / 1_000) * this.#perS)
    this.#refilledMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
