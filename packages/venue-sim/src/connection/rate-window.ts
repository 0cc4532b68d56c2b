// The fixed windows in which venues count requests.
import assert from 'node:assert/strict'

export class RateWindow {
  readonly #lengthUs: number
  readonly #countMax: number
  #startUs: number
  #count = 0

  /** Without `startUs` the first window begins with the first request. */
  constructor(lengthUs: number, countMax: number, startUs = Number.NEGATIVE_INFINITY) {
    assert(lengthUs > 0 && countMax > 0, 'a window has a length and allows at least one request')
    this.#lengthUs = lengthUs
    this.#countMax = countMax
    this.#startUs = startUs
  }

  /** Counts one request; false when the window has too many. */
  take(nowUs: number): boolean {
    assert(nowUs >= this.#startUs, 'a window does not begin in the future')
    if (nowUs - this.#startUs >= this.#lengthUs) {
      this.#startUs = nowUs
      this.#count = 0
    }
    this.#count += 1
    return this.#count <= this.#countMax
  }
}
