// How long a venue bears a client from which nothing comes.
import assert from 'node:assert/strict'
import type { Clock } from '../clock.js'

export class SilenceLimit {
  readonly #clock: Clock
  readonly #limitUs: number
  #heardUs: number
  #checkedUs: number

  constructor(clock: Clock, limitMs: number) {
    assert(limitMs > 0, 'a silence has a limit')
    this.#clock = clock
    this.#limitUs = limitMs * 1e3
    this.#heardUs = clock.nowUs()
    this.#checkedUs = this.#heardUs
  }

  heard(): void {
    this.#heardUs = this.#clock.nowUs()
  }

  /**
   * To be asked at least twice within the limit. A longer time between two questions is one in which this process was held up:
   * what the client sent meanwhile is not read yet, so its silence begins again.
   */
  isExceeded(): boolean {
    const nowUs = this.#clock.nowUs()
    const isHeldUp = nowUs - this.#checkedUs > this.#limitUs / 2
    this.#checkedUs = nowUs
    if (isHeldUp) this.#heardUs = nowUs
    return nowUs - this.#heardUs > this.#limitUs
  }
}
