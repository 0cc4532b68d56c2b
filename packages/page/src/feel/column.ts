// One column of the comparison: its connection, how late its trades are, how many books it gets.

import { Feed } from '../feed/feed.js'
import type { ConnectionState, FeedBatch, Trade } from '../feed/feed-messages.js'
import { DelayMeter } from '../model/delay-meter.js'

const TRADES_SHOWN = 12
const RATE_MS = 3_000

export class Column {
  readonly delays: DelayMeter
  trades: readonly Trade[] = []
  state: ConnectionState = 'connecting'
  readonly #feed: Feed
  readonly #batches: { atMs: number; bytes: number; books: number; trades: number }[] = []
  readonly #startMs = performance.now()

  constructor(options: {
    readonly url: string
    readonly token: string
    readonly isAcknowledging: boolean
    readonly bytesPerS: number
    readonly reference?: DelayMeter
  }) {
    const { reference, ...more } = options
    this.delays = new DelayMeter(reference)
    this.#feed = new Feed({
      ...more,
      hasBooks: false,
      // It would be as late as the connection was lost.
      isResuming: false,
      onBatch: batch => this.#add(batch),
      onConnection: ({ state }) => {
        this.state = state
        // The numbers of another process begin again.
        if (state === 'open') this.trades = []
      },
    })
  }

  setPace(bytesPerS: number): void {
    this.#feed.setPace(bytesPerS)
  }

  close(): void {
    this.#feed.close()
  }

  /** Per second, of the last few. */
  rates(): { readonly bytes: number; readonly books: number; readonly trades: number } {
    const nowMs = performance.now()
    const seconds = Math.max(0.5, Math.min(RATE_MS, nowMs - this.#startMs) / 1_000)
    const recent = this.#batches.filter(({ atMs }) => nowMs - atMs < RATE_MS)
    const sum = (of: 'bytes' | 'books' | 'trades'): number =>
      recent.reduce((total, batch) => total + batch[of], 0) / seconds
    return { bytes: sum('bytes'), books: sum('books'), trades: sum('trades') }
  }

  #add({ trades, bytes, bookFrames }: FeedBatch): void {
    const atMs = performance.now()
    this.#batches.push({ atMs, bytes, books: bookFrames, trades: trades.length })
    if (this.#batches.length > 500) this.#batches.splice(0, 250)
    this.delays.add(trades)
    if (trades.length > 0) this.trades = [...this.trades, ...trades].slice(-TRADES_SHOWN)
  }
}
