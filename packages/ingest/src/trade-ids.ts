// The last trade ids of one instrument, so that no trade is published twice after a reconnection or while two connections
// overlap. A ring over a set: the oldest id is forgotten.

import { TRADE_IDS_KEPT } from './limits.js'

export class TradeIds {
  readonly #ids = new Set<string>()
  readonly #ring: string[] = []
  #next = 0

  /** False when it was there already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    const forgotten = this.#ring[this.#next]
    if (forgotten !== undefined) this.#ids.delete(forgotten)
    this.#ring[this.#next] = id
    this.#next = (this.#next + 1) % TRADE_IDS_KEPT
    return true
  }
}
