// How often each address may do something: a token bucket per address. A bucket is one number, the time at which it will be
// full again; what is full needs no entry. Gateway thread only.

import assert from 'node:assert/strict'

export interface RateLimit {
  readonly perS: number
  /** What an address that has been quiet may do at once. */
  readonly burst: number
  /**
   * Addresses that are remembered. Where all of them are in use, the others share one bucket: many addresses must not have
   * more than these, and nobody may push out the bucket of another.
   */
  readonly addressesMax: number
}

/** Entries looked at, to find one that is full again, before a new address shares the common bucket. */
const LOOKS_MAX = 8

export class AddressRates {
  readonly #intervalMs: number
  readonly #burstMs: number
  readonly #addressesMax: number
  /** When each bucket will be full again. In the order in which they were looked at. */
  readonly #fullMs = new Map<string, number>()
  #commonFullMs = Number.NEGATIVE_INFINITY

  constructor({ perS, burst, addressesMax }: RateLimit) {
    assert(perS > 0 && burst >= 1 && addressesMax >= 1, 'a rate lets something pass')
    this.#intervalMs = 1_000 / perS
    // A little more, so that rounding cannot refuse the last token.
    this.#burstMs = (burst + 0.001) * this.#intervalMs
    this.#addressesMax = addressesMax
  }

  get addressCount(): number {
    return this.#fullMs.size
  }

  /** Takes a token of this address. False: there is none, and nothing was taken. */
  take(address: string, nowMs: number): boolean {
    const isKnown = this.#fullMs.has(address)
    if (!isKnown && this.#fullMs.size >= this.#addressesMax) this.#forgetFullOnes(nowMs)
    assert(this.#fullMs.size <= this.#addressesMax, 'no more addresses are remembered than the limit')
    const isCommon = !isKnown && this.#fullMs.size === this.#addressesMax
    const beforeMs = Math.max(nowMs, isCommon ? this.#commonFullMs : (this.#fullMs.get(address) ?? nowMs))
    const afterMs = beforeMs + this.#intervalMs
    if (afterMs - nowMs > this.#burstMs) return false
    if (isCommon) this.#commonFullMs = afterMs
    else this.#fullMs.set(address, afterMs)
    return true
  }

  #forgetFullOnes(nowMs: number): void {
    let lookCount = 0
    for (const [address, fullMs] of this.#fullMs) {
      if (lookCount === LOOKS_MAX) return
      lookCount += 1
      this.#fullMs.delete(address)
      // Still in use: others are looked at first next time.
      if (fullMs > nowMs) this.#fullMs.set(address, fullMs)
    }
  }
}
