// Large spot trades as log lines, at most ten a second. Called after the trade was published.

import assert from 'node:assert/strict'
import type { TradeEvent } from '@tradelane/shared/market/market-events'
import type { Log } from '@tradelane/shared/thread/log'

const LINES_PER_SECOND_MAX = 10
const SECOND_MS = 1_000

export class LargeTradeLog {
  readonly #log: Log
  readonly #threshold: number
  readonly #nowMs: () => number
  #windowMs = Number.NEGATIVE_INFINITY
  #lineCount = 0
  #suppressedCount = 0

  /** `threshold`: the least quote value that is logged. */
  constructor(log: Log, threshold: number, nowMs: () => number) {
    this.#log = log
    this.#threshold = threshold
    this.#nowMs = nowMs
  }

  add(trade: TradeEvent): void {
    if (trade.instrument.marketType !== 'Spot') return
    const value = Number(trade.price) * Number(trade.amountBase)
    if (!(value >= this.#threshold)) return
    const nowMs = this.#nowMs()
    assert(nowMs >= this.#windowMs, 'a monotonic clock does not go back')
    if (nowMs - this.#windowMs >= SECOND_MS) {
      this.#windowMs = nowMs
      this.#lineCount = 0
    }
    this.#lineCount += 1
    if (this.#lineCount > LINES_PER_SECOND_MAX) {
      this.#suppressedCount += 1
      return
    }
    const { exchange, base, quote } = trade.instrument
    const suppressed = this.#suppressedCount
    this.#suppressedCount = 0
    this.#log.info('large spot trade', {
      exchange,
      instrument: `${base}-${quote}`,
      side: trade.side,
      price: trade.price,
      amount: trade.amountBase,
      value: Math.round(value),
      ...(suppressed > 0 ? { suppressed } : {}),
    })
  }
}
