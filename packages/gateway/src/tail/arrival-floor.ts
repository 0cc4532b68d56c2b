// What the fastest trade of each product took from the venue to its socket here, in the last minute or two: the network and the
// difference of two clocks, which nothing here can shorten. What a trade took more than that was lost on the way, or because
// the ingest thread did not come to its sockets.

import { FLOOR_MS } from '../limits.js'

const PRODUCTS_MAX = 256

export class ArrivalFloor {
  #current = new Float64Array(PRODUCTS_MAX).fill(Number.POSITIVE_INFINITY)
  #last = new Float64Array(PRODUCTS_MAX).fill(Number.POSITIVE_INFINITY)
  #rotatedMs = 0

  excessUs(product: number, arrivalUs: number): number {
    if (arrivalUs < this.#current[product]!) this.#current[product] = arrivalUs
    return arrivalUs - Math.min(this.#current[product]!, this.#last[product]!)
  }

  /** A clock that was set must not stay the floor for ever. */
  rotate(nowMs: number): void {
    if (nowMs - this.#rotatedMs < FLOOR_MS) return
    this.#rotatedMs = nowMs
    const oldest = this.#last
    this.#last = this.#current
    this.#current = oldest.fill(Number.POSITIVE_INFINITY)
  }
}
