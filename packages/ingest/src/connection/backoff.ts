// How long to wait before the next try: doubling from the least to the most, each drawn from its upper half, so that
// connections that fell together do not come back together.

import { BACKOFF_MS_MAX, BACKOFF_MS_MIN } from '../limits.js'

export class Backoff {
  readonly #random: () => number
  #tries = 0

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  reset(): void {
    this.#tries = 0
  }

  nextMs(msMax = BACKOFF_MS_MAX): number {
    const ceilingMs = Math.min(msMax, BACKOFF_MS_MIN * 2 ** this.#tries)
    this.#tries += 1
    return ceilingMs * (0.5 + this.#random() / 2)
  }
}
