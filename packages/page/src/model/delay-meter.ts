// How late trades are read here, after the gateway received them. Their clocks may differ: where the fastest trade came in less
// than no time, or took longer than any network, the difference is taken from it.

import type { Trade } from '../feed/feed-messages.js'

export interface DelayPoint {
  readonly atMs: number
  readonly worstMs: number
}

const WINDOW_MS = 10_000
const POINT_MS = 250
const POINTS_MAX = 480
/** A fastest trade above this says that the clocks differ. */
const CLOCK_DIFFERS_MS = 1_000
/** Clocks of one machine as two programs read them. */
const CLOCK_ERROR_MS = 2

export class DelayMeter {
  readonly points: DelayPoint[] = []
  /** Of the last ten seconds, oldest first. */
  readonly #recent: { atMs: number; delayMs: number }[] = []
  readonly #reference: DelayMeter | undefined
  #fastestMs = Number.POSITIVE_INFINITY
  last = Number.NaN

  /** `reference`: by its fastest trade, of the same gateway, clocks are compared. */
  constructor(reference?: DelayMeter) {
    this.#reference = reference
  }

  add(trades: readonly Trade[]): void {
    for (const { readMs, receivedMs } of trades) {
      const delayMs = readMs - receivedMs
      this.#fastestMs = Math.min(this.#fastestMs, delayMs)
      this.#recent.push({ atMs: readMs, delayMs })
      const point = this.points.at(-1)
      if (point !== undefined && readMs - point.atMs < POINT_MS) {
        this.points[this.points.length - 1] = {
          atMs: point.atMs,
          worstMs: Math.max(point.worstMs, this.corrected(delayMs)),
        }
      } else this.points.push({ atMs: readMs, worstMs: this.corrected(delayMs) })
      this.last = this.corrected(delayMs)
    }
    if (this.points.length > POINTS_MAX) this.points.splice(0, this.points.length - POINTS_MAX)
    const newestMs = trades.at(-1)?.readMs
    if (newestMs === undefined) return
    const first = this.#recent.findIndex(({ atMs }) => atMs > newestMs - WINDOW_MS)
    if (first > 0) this.#recent.splice(0, first)
  }

  /** Of the last ten seconds; NaN without a trade. */
  percentile(share: number): number {
    const sorted = this.#recent.map(({ delayMs }) => delayMs).sort((one, other) => one - other)
    const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]
    return value === undefined ? Number.NaN : this.corrected(value)
  }

  get offsetMs(): number {
    if (this.#reference !== undefined) return this.#reference.offsetMs
    const fastestMs = this.#fastestMs
    const isOwnClock = fastestMs > -CLOCK_ERROR_MS && fastestMs < CLOCK_DIFFERS_MS
    return isOwnClock || !Number.isFinite(fastestMs) ? 0 : fastestMs
  }

  corrected(delayMs: number): number {
    return Math.max(0, delayMs - this.offsetMs)
  }
}
