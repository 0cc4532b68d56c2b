// A token bucket for a client that acknowledges nothing: what is in flight to it is unknown, so its rate is small.

import assert from 'node:assert/strict'
import { DOUBLE, DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import { PACED_BURST_BYTES, PACED_BYTES_PER_S } from './limits.js'

export class Pace {
  #bytes = DOUBLE_ZERO
  #atMs = DOUBLE

  constructor(startMs: number) {
    this.#atMs = startMs
  }

  sent(bytes: number): void {
    // A client may have been sent any amount before it was paced: that costs it one second, not more.
    this.#bytes = Math.max(this.#bytes - bytes, -PACED_BYTES_PER_S)
  }

  mayStart(nowMs: number): boolean {
    const earnedBytes = ((nowMs - this.#atMs) / 1_000) * PACED_BYTES_PER_S
    assert(earnedBytes >= 0, 'monotonic time never goes back')
    this.#bytes = Math.min(PACED_BURST_BYTES, this.#bytes + earnedBytes)
    this.#atMs = nowMs
    return this.#bytes > 0
  }
}
