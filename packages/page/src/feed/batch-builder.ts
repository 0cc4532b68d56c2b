// Makes of frames what the page is posted some times a second: all trades, and the newest of everything else.

import type { Book, FeedBatch, Gap, InstrumentLabel, Status, Trade } from './feed-messages.js'
import { type BookData, type Frame, type InstrumentName, type Level, wallMs } from './wire.js'

export class BatchBuilder {
  readonly #hasBooks: boolean
  readonly #known = new Set<string>()
  #stream = ''
  #trades: Trade[] = []
  #books = new Map<string, Book>()
  #statuses: Status[] = []
  #gaps: Gap[] = []
  #instruments: InstrumentLabel[] = []
  #bytes = 0
  #frames = 0
  #bookFrames = 0

  constructor(hasBooks: boolean) {
    this.#hasBooks = hasBooks
  }

  get isEmpty(): boolean {
    return this.#frames === 0
  }

  add(frame: Frame, byteCount: number, nowMs: number): void {
    this.#bytes += byteCount
    this.#frames += 1
    switch (frame.kind ?? frame.type) {
      case 'trade':
      case 'liquidation':
        this.#addTrade(frame, nowMs)
        return
      case 'order_book_l2':
        this.#bookFrames += 1
        if (this.#hasBooks) this.#addBook(frame)
        return
      case 'status':
        this.#addStatus(frame)
        return
      case 'gap':
        this.#gaps.push(gapOf(frame))
        return
      case 'welcome':
        this.#stream = frame.stream ?? ''
    }
  }

  take(): FeedBatch {
    const batch: FeedBatch = {
      type: 'batch',
      stream: this.#stream,
      trades: this.#trades,
      books: [...this.#books.values()],
      statuses: this.#statuses,
      gaps: this.#gaps,
      instruments: this.#instruments,
      bytes: this.#bytes,
      frames: this.#frames,
      bookFrames: this.#bookFrames,
    }
    this.#trades = []
    this.#books = new Map()
    this.#statuses = []
    this.#gaps = []
    this.#instruments = []
    this.#bytes = 0
    this.#frames = 0
    this.#bookFrames = 0
    return batch
  }

  #addTrade(frame: Frame, nowMs: number): void {
    const { data = {} } = frame
    const isLiquidation = frame.kind === 'liquidation'
    this.#trades.push({
      seq: frame.seq ?? 0,
      instrument: this.#keyOf(frame),
      isLiquidation,
      isBuy: (data['order_side'] ?? data['side']) === 'Buy',
      price: Number(data['price']),
      size: Number(
        isLiquidation ? (data['quantity_base'] ?? data['quantity']) : (data['amount_base'] ?? data['amount']),
      ),
      exchangeMs: wallMs(frame.time_exchange ?? ''),
      receivedMs: wallMs(frame.time_received ?? ''),
      readMs: nowMs,
    })
  }

  #addBook(frame: Frame): void {
    const book = frame.data?.['Snapshot'] as BookData | undefined
    if (book === undefined) return
    const key = this.#keyOf(frame)
    const receivedMs = wallMs(frame.time_received ?? '')
    this.#books.set(key, {
      instrument: key,
      bids: numbersOf(book.bids.levels),
      asks: numbersOf(book.asks.levels),
      bidTexts: textsOf(book.bids.levels),
      askTexts: textsOf(book.asks.levels),
      unchangedSinceMs: book.unchanged_since === undefined ? receivedMs : wallMs(book.unchanged_since),
      receivedMs,
    })
  }

  #addStatus(frame: Frame): void {
    const { product, of, state, reason, since } = frame as unknown as Readonly<Record<string, string>>
    this.#statuses.push({
      product: product ?? '',
      instrument: frame.instrument ? this.#keyOf(frame) : null,
      of: of ?? '',
      state: state ?? '',
      reason: reason ?? '',
      sinceMs: wallMs(since ?? ''),
    })
  }

  #keyOf({ exchange = '', instrument }: Frame): string {
    const { base, quote, kind } = instrument as InstrumentName
    const key = `${exchange} ${base}-${quote} ${kind}`
    if (!this.#known.has(key)) {
      this.#known.add(key)
      this.#instruments.push({ key, exchange, base, quote, kind })
    }
    return key
  }
}

function numbersOf(levels: readonly Level[]): Float64Array {
  const numbers = new Float64Array(2 * levels.length)
  levels.forEach(({ price, amount }, index) => {
    numbers[2 * index] = Number(price)
    numbers[2 * index + 1] = Number(amount)
  })
  return numbers
}

function textsOf(levels: readonly Level[]): readonly string[] {
  return levels.flatMap(({ price, amount }) => [price, amount])
}

function gapOf(frame: Frame): Gap {
  const { reason, missed } = frame as unknown as { readonly reason?: string; readonly missed?: number | null }
  return { reason: reason ?? '', missed: missed ?? null }
}
