// The gateway's worst trades by one measure: notes of the current window, and which of them are still to be posted.

import assert from 'node:assert/strict'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import { LATE_PER_WINDOW, LATE_WINDOW_MS, type LateTrade, LateWindow } from '@tradelane/shared/trace/late-trades'

export class LateTrades {
  #window = new LateWindow()
  #rotatedMs = DOUBLE_ZERO
  /** In the order in which they were noted; of earlier windows at most as many as one window keeps. */
  readonly #unposted = new Set<LateTrade>()

  /** Only a trade later than this is added. */
  get leastUs(): number {
    return this.#window.leastUs
  }

  get unpostedCount(): number {
    return this.#unposted.size
  }

  add(trade: LateTrade): void {
    this.#unposted.add(trade)
    const without = this.#window.add(trade)
    if (without !== null) this.#unposted.delete(without)
    assert(this.#unposted.size <= 2 * LATE_PER_WINDOW, 'what is to be posted is bounded')
  }

  rotate(nowMs: number): void {
    assert(nowMs >= this.#rotatedMs, 'monotonic time never goes back')
    if (nowMs - this.#rotatedMs < LATE_WINDOW_MS) return
    this.#rotatedMs = nowMs
    this.#window = new LateWindow()
    for (const trade of this.#unposted) if (this.#unposted.size > LATE_PER_WINDOW) this.#unposted.delete(trade)
  }

  /** The oldest that were not taken before. */
  take(count: number): readonly LateTrade[] {
    const taken = [...this.#unposted].slice(0, count)
    for (const trade of taken) this.#unposted.delete(trade)
    return taken
  }
}
