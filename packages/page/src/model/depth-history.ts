// The books of one instrument over time, for the heatmap: one column per interval. The recent part keeps its resolution; the
// whole since the page was opened is kept by joining neighbours when it is full.

export interface DepthColumn {
  readonly atMs: number
  /** Price, amount, … of both sides. */
  readonly bids: Float64Array
  readonly asks: Float64Array
}

const COLUMN_MS = 250
/** Four minutes. */
const RECENT_MAX = 960
const WHOLE_MAX = 1_200

export class DepthHistory {
  readonly recent: DepthColumn[] = []
  readonly whole: DepthColumn[] = []
  #wholeMs = COLUMN_MS

  add(atMs: number, bids: Float64Array, asks: Float64Array): void {
    const column = { atMs, bids: Float64Array.from(bids), asks: Float64Array.from(asks) }
    if (atMs - (this.recent.at(-1)?.atMs ?? 0) >= COLUMN_MS) {
      this.recent.push(column)
      if (this.recent.length > RECENT_MAX) this.recent.shift()
    }
    if (atMs - (this.whole.at(-1)?.atMs ?? 0) < this.#wholeMs) return
    this.whole.push(column)
    if (this.whole.length < WHOLE_MAX) return
    const half = this.whole.filter((_, index) => index % 2 === 0)
    this.whole.splice(0, this.whole.length, ...half)
    this.#wholeMs *= 2
  }
}
