// Tells liquidations that came twice from two that are alike. They have no id, and two orders may well agree in every field,
// so a repeat within one connection is news; but what one connection told already, the next one tells again: while two
// overlap, or as a backlog after subscribing. Counted per key: the connection that told it most often is right.

import type { LiquidationEvent } from '@tradelane/shared/market/market-events'
import { LIQUIDATION_KEYS_KEPT } from '../limits.js'

interface Tally {
  /** How often it was published. */
  told: number
  /** How often the connection of `turn` brought it. */
  seen: number
  turn: number
}

export class LiquidationKeys {
  readonly #tallies = new Map<string, Tally>()
  #turn = 0

  /** From here on another connection brings the liquidations. */
  onConnectionChanged(): void {
    this.#turn += 1
  }

  /** False when an earlier connection brought this one. */
  add(liquidation: LiquidationEvent): boolean {
    const key = keyOf(liquidation)
    const tally = this.#tallies.get(key)
    if (tally === undefined) {
      this.#tallies.set(key, { told: 1, seen: 1, turn: this.#turn })
      this.#forgetOldest()
      return true
    }
    if (tally.turn !== this.#turn) {
      tally.turn = this.#turn
      tally.seen = 0
    }
    tally.seen += 1
    if (tally.seen <= tally.told) return false
    tally.told = tally.seen
    return true
  }

  #forgetOldest(): void {
    if (this.#tallies.size <= LIQUIDATION_KEYS_KEPT) return
    const [oldest] = this.#tallies.keys()
    if (oldest !== undefined) this.#tallies.delete(oldest)
  }
}

function keyOf({ venueUs, orderSide, price, priceAverage, quantity }: LiquidationEvent): string {
  // Joined, it is one text; from a template literal it would be a tree of them, three times as large for as long as it is kept.
  return [venueUs, orderSide, price, priceAverage, quantity].join(' ')
}
