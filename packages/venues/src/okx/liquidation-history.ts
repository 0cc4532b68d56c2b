// The first push after subscribing to liquidations is a history of recent ones, and pushes are not in order of time. Those that
// are older than the connection, and those that were seen before, are dropped.

import assert from 'node:assert/strict'
import type { WallUs } from '@tradelane/shared/market/nouns'

/** The venue's clock may be behind ours by this much. */
const SKEW_US = 2_000_000
const KEYS_KEPT = 1_024

export class LiquidationHistory {
  readonly #keys = new Set<string>()
  /** Ours, compared with the venue's times: the venue gives nothing else to recognize its history by. */
  #connectedUs = Number.NaN

  restart(connectedUs: WallUs): void {
    this.#connectedUs = connectedUs
  }

  /** False for one that is old or was seen before. */
  add(venueUs: WallUs, key: string): boolean {
    assert(!Number.isNaN(this.#connectedUs), 'a decoder is reset before its first frame')
    if (venueUs < this.#connectedUs - SKEW_US || this.#keys.has(key)) return false
    this.#keys.add(key)
    this.#forgetOldest()
    return true
  }

  #forgetOldest(): void {
    if (this.#keys.size <= KEYS_KEPT) return
    const [oldest] = this.#keys
    if (oldest !== undefined) this.#keys.delete(oldest)
    assert(this.#keys.size === KEYS_KEPT, 'one key is forgotten for each that is added')
  }
}
