// Drops liquidations that come twice and keeps those that are merely alike. They have no id, and two orders may agree in every
// field, so a repetition within one connection is another liquidation; but what one connection delivered, the next delivers
// again: while two overlap, or as history after subscribing. Counted per key: the connection that delivered most is right.

import assert from 'node:assert/strict'
import type { LiquidationEvent } from '@tradelane/shared/market/market-events'
import { LIQUIDATION_KEYS_KEPT } from '../limits.js'

interface Tally {
  /** How many were published. */
  publishedCount: number
  /** How many of them `connection` delivered. */
  seenCount: number
  /** Number of the connection that delivered last. */
  connection: number
}

export class LiquidationKeys {
  readonly #tallies = new Map<string, Tally>()
  #connection = 0

  /** Another connection delivers the liquidations from now on. */
  onConnectionChanged(): void {
    assert(this.#tallies.size <= LIQUIDATION_KEYS_KEPT, 'no more keys are kept than the limit')
    this.#connection += 1
  }

  /** False when an earlier connection delivered this one. */
  add(liquidation: LiquidationEvent): boolean {
    const key = keyOf(liquidation)
    const tally = this.#tallies.get(key)
    if (tally === undefined) {
      this.#tallies.set(key, { publishedCount: 1, seenCount: 1, connection: this.#connection })
      this.#forgetOldest()
      return true
    }
    assert(tally.connection <= this.#connection, 'connections are counted upwards')
    if (tally.connection !== this.#connection) {
      tally.connection = this.#connection
      tally.seenCount = 0
    }
    tally.seenCount += 1
    assert(tally.seenCount <= tally.publishedCount + 1, 'all that a connection delivered before is published')
    if (tally.seenCount <= tally.publishedCount) return false
    tally.publishedCount = tally.seenCount
    return true
  }

  #forgetOldest(): void {
    if (this.#tallies.size <= LIQUIDATION_KEYS_KEPT) return
    const [oldest] = this.#tallies.keys()
    if (oldest !== undefined) this.#tallies.delete(oldest)
    assert(this.#tallies.size === LIQUIDATION_KEYS_KEPT, 'one key is forgotten for each that is added')
  }
}

function keyOf({ venueUs, orderSide, price, priceAverage, quantity }: LiquidationEvent): string {
  // A joined text is flat; a template literal would keep a tree of its parts, three times as large.
  return [venueUs, orderSide, price, priceAverage, quantity].join(' ')
}
