// How long to wait before the next try: a ceiling that doubles from the minimum to the maximum, and a wait drawn from its upper
// half, so that connections that ended together do not come back together.

import assert from 'node:assert/strict'
import { BACKOFF_MS_MAX, BACKOFF_MS_MIN } from '../limits.js'

export class Backoff {
  readonly #random: () => number
  readonly #msMin: number
  #tries = 0

  constructor(random: () => number, msMin = BACKOFF_MS_MIN) {
    this.#random = random
    this.#msMin = msMin
  }

  reset(): void {
    this.#tries = 0
  }

  nextMs(msMax = BACKOFF_MS_MAX): number {
    const ceilingMs = Math.min(msMax, this.#msMin * 2 ** this.#tries)
    this.#tries += 1
    const waitMs = ceilingMs * (0.5 + this.#random() / 2)
    assert(waitMs >= ceilingMs / 2 && waitMs <= msMax, 'a wait lies in the upper half of its ceiling')
    return waitMs
  }
}
