// Distinguishes liquidations that came twice from equal ones. They have no id, and two orders may agree in every field, so a
// repeat within one connection is another liquidation. But what one connection brought, the next one brings again: while two
// overlap, or as history after subscribing. Counted per key: the connection that brought it most often is right.

import assert from 'node:assert/strict'

import type { LiquidationEvent } from '@tradelane/shared/market/market-events'
import { LIQUIDATION_KEYS_KEPT } from '../limits.js'

interface Tally {
  /** How often it was published. */
  published: number
  /** How often the connection of this ordinal brought it. */
  seen: number
  connection: number
}

export class LiquidationKeys {
  readonly #tallies = new Map<string, Tally>()
  /** Ordinal of the connection in use. */
  #connection = 0

  /** Another connection brings the liquidations from here on. */
  onConnectionChanged(): void {
    this.#connection += 1
  }

  /** False when an earlier connection brought this one. */
  add(liquidation: LiquidationEvent): boolean {
    const key = keyOf(liquidation)
    const tally = this.#tallies.get(key)
    if (tally === undefined) {
      this.#tallies.set(key, { published: 1, seen: 1, connection: this.#connection })
      this.#forgetOldest()
      return true
    }
    if (tally.connection !== this.#connection) {
      tally.connection = this.#connection
      tally.seen = 0
    }
    tally.seen += 1
    if (tally.seen <= tally.published) return false
    tally.published = tally.seen
    return true
  }

  #forgetOldest(): void {
    if (this.#tallies.size <= LIQUIDATION_KEYS_KEPT) return
    const [oldest] = this.#tallies.keys()
    if (oldest !== undefined) this.#tallies.delete(oldest)
    assert(this.#tallies.size <= LIQUIDATION_KEYS_KEPT, 'one key is forgotten for each that is added')
  }
}

function keyOf({ venueUs, orderSide, price, priceAverage, quantity }: LiquidationEvent): string {
  // Joined, it is one text; a template literal would make a tree of texts, three times as large for as long as it is kept.
  return [venueUs, orderSide, price, priceAverage, quantity].join(' ')
}
