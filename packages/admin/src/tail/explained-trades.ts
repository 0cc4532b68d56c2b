// A gateway's worst trades of the last minute by one measure, as it posted them, each with a breakdown once there is one.

import assert from 'node:assert/strict'
import { LATE_WINDOW_MS, type LateTrade, LateWindow } from '@tradelane/shared/trace/late-trades'
import { LATE_WINDOWS } from '../limits.js'
import type { HopBreakdown } from './hop-breakdown.js'

export interface ExplainedTrade extends LateTrade {
  /** Made later, once every thread has recorded its activities. */
  breakdown: readonly HopBreakdown[] | undefined
}

export class ExplainedTrades {
  /** The newest first. */
  #windows = [new LateWindow<ExplainedTrade>()]
  #rotatedMs = 0

  add(trade: LateTrade): void {
    const [current] = this.#windows
    assert(current !== undefined, 'there is a current window')
    if (trade.lateUs > current.leastUs) current.add({ ...trade, breakdown: undefined })
  }

  rotate(nowMs: number): void {
    assert(nowMs >= this.#rotatedMs, 'monotonic time never goes back')
    if (nowMs - this.#rotatedMs < LATE_WINDOW_MS) return
    this.#rotatedMs = nowMs
    this.#windows = [new LateWindow<ExplainedTrade>(), ...this.#windows].slice(0, 1 + LATE_WINDOWS)
  }

  /** The trade without a breakdown that was handed over first. */
  nextToExplain(): ExplainedTrade | undefined {
    let next: ExplainedTrade | undefined
    for (const { trades } of this.#windows) {
      for (const trade of trades) {
        if (trade.breakdown !== undefined) continue
        if (next === undefined || trade.stampsUs[4] < next.stampsUs[4]) next = trade
      }
    }
    return next
  }

  /** The worst first. */
  worst(count: number): readonly ExplainedTrade[] {
    return this.#windows
      .flatMap(({ trades }) => trades)
      .sort((one, other) => other.lateUs - one.lateUs)
      .slice(0, count)
  }
}
