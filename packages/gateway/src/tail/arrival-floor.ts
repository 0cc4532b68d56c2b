// How long the fastest trade of each product took from the venue to its socket here, in the last minute or two. That floor is
// the network and the difference of two clocks, which nothing here can shorten. What a trade took beyond it was spent on
// the network, or because the ingest thread did not read its sockets.

import assert from 'node:assert/strict'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import { ARRIVAL_FLOOR_MS } from '../limits.js'

const PRODUCTS_MAX = 256

export class ArrivalFloor {
  #current = new Float64Array(PRODUCTS_MAX).fill(Number.POSITIVE_INFINITY)
  #last = new Float64Array(PRODUCTS_MAX).fill(Number.POSITIVE_INFINITY)
  #rotatedMs = DOUBLE_ZERO

  excessUs(product: number, arrivalUs: number): number {
    assert(product < PRODUCTS_MAX, 'a product index is one byte')
    if (arrivalUs < this.#current[product]!) this.#current[product] = arrivalUs
    return arrivalUs - Math.min(this.#current[product]!, this.#last[product]!)
  }

  /** Forgets the older floor: after a step of either clock it would stay wrong. */
  rotate(nowMs: number): void {
    if (nowMs - this.#rotatedMs < ARRIVAL_FLOOR_MS) return
    assert(this.#current !== this.#last, 'the floors of two windows are separate')
    this.#rotatedMs = nowMs
    const oldest = this.#last
    this.#last = this.#current
    this.#current = oldest.fill(Number.POSITIVE_INFINITY)
  }
}
