// The first push after subscribing to liquidations is a backlog of recent ones, and pushes are not in order of time: what is
// older than the connection was told before or happened unseen, and what was told once is not told again.

import type { WallUs } from '@tradelane/shared/market/nouns'

/** The venue's clock may be behind ours. */
const SKEW_US = 2_000_000
const KEPT = 1_024

export class LiquidationHistory {
  readonly #keys = new Set<string>()
  #connectedUs = 0

  connected(atUs: WallUs): void {
    this.#connectedUs = atUs
  }

  isNews(venueUs: WallUs, key: string): boolean {
    if (venueUs < this.#connectedUs - SKEW_US || this.#keys.has(key)) return false
    this.#keys.add(key)
    if (this.#keys.size > KEPT) for (const oldest of this.#keys) return this.#keys.delete(oldest)
    return true
  }
}
