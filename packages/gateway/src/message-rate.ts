// Whether one client sends more often than it may: no more than so many in any window. One per client and kind; takes little
// memory while nothing comes.

import assert from 'node:assert/strict'
import { MESSAGE_WINDOW_MS } from './limits.js'

export class MessageRate {
  readonly #perWindow: number
  /** When the last ones came, a ring. */
  #atMs: Float64Array | undefined
  #next = 0

  constructor(perWindow: number) {
    this.#perWindow = perWindow
  }

  /** Counts one more. False: there were too many in the last window. */
  take(nowMs: number): boolean {
    this.#atMs ??= new Float64Array(this.#perWindow).fill(Number.NEGATIVE_INFINITY)
    const oldestMs = this.#atMs[this.#next]!
    assert(nowMs >= oldestMs, 'monotonic time never goes back')
    if (nowMs - oldestMs < MESSAGE_WINDOW_MS) return false
    this.#atMs[this.#next] = nowMs
    this.#next = (this.#next + 1) % this.#perWindow
    return true
  }
}
