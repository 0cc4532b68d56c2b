// The thorough look at one client's frames: the strict schema, and for the journal what only a parsed frame has, book
// digests and the values of trades. One client is enough, because all clients of a server get the same bytes; the others are
// measured, counted and joined by id.

import type { JournalJoin } from './journal-join.js'
import type { Series } from './series.js'
import { checkParsedFrame } from './wire-schema.js'

export interface ReviewItem {
  readonly frame: Buffer
  /** Undefined for welcome, gap and status. */
  readonly series: Series | undefined
  /** When it arrived, and how old it was then; of events. */
  readonly monotonicUs: number
  readonly ageUs: number
}

const FAULTS_KEPT = 5
const FAULT_CHARS = 240

export class FrameReview {
  checked = 0
  faultCount = 0
  /** The first few, with the head of their frames. */
  readonly faults: string[] = []
  readonly #join: JournalJoin | null
  readonly #isStrict: boolean

  constructor(options: { join: JournalJoin | null; isStrict: boolean }) {
    this.#join = options.join
    this.#isStrict = options.isStrict
  }

  review(item: ReviewItem): void {
    const { frame, series } = item
    const text = frame.toString()
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      this.#fault('not JSON', text)
      return
    }
    if (this.#isStrict) {
      this.checked += 1
      const fault = checkParsedFrame(parsed, text)
      if (fault !== null) {
        this.#fault(fault, text)
        return
      }
    }
    if (this.#join !== null && series !== undefined) this.#noteForJournal(this.#join, series, item, parsed)
  }

  #noteForJournal(join: JournalJoin, series: Series, { monotonicUs, ageUs }: ReviewItem, parsed: unknown): void {
    const { data } = parsed as { data: Record<string, unknown> | undefined }
    if (series.kind === 'trade' && typeof data?.id === 'string') {
      const values = { price: Number(data.price), amount: Number(data.amount), side: String(data.side) }
      join.noteTrade(series, data.id, values)
    }
    if (series.kind !== 'order_book_l2') return
    const book = data?.Snapshot as BookFields | undefined
    if (!Array.isArray(book?.bids?.levels) || !Array.isArray(book.asks?.levels)) return
    const { sequence, bids, asks } = book
    join.receiveBook(series, { sequence, bids: bids.levels, asks: asks.levels, monotonicUs, ageUs })
  }

  #fault(fault: string, text: string): void {
    this.faultCount += 1
    if (this.faults.length < FAULTS_KEPT) this.faults.push(`${fault}: ${text.slice(0, FAULT_CHARS)}`)
  }
}

interface BookFields {
  readonly sequence: number
  readonly bids: { readonly levels: { price: string; amount: string }[] }
  readonly asks: { readonly levels: { price: string; amount: string }[] }
}
