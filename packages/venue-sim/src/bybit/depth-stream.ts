// One orderbook.<depth> topic of one instrument: the snapshot that opens it for each subscriber, then deltas whose `u` counts
// up by one. It starts to follow the book with its first subscriber.
import type { Connection } from '../connection.js'
import { BookView } from '../market/book-view.js'
import type { MarketBook } from '../market/market-book.js'
import type { Topic } from '../topics.js'
import { type BybitProduct, frameHead } from './specs.js'

export interface DepthStreamOptions {
  readonly product: BybitProduct
  readonly topic: Topic
  readonly symbol: string
  readonly depth: number
  readonly book: MarketBook
  readonly firstId: number
}

export class DepthStream {
  readonly topic: Topic
  readonly #symbol: string
  readonly #depth: number
  readonly #book: MarketBook
  readonly #isTimeFirst: boolean
  #view: BookView | undefined
  #updateId: number
  #sequence = 0

  constructor({ product, topic, symbol, depth, book, firstId }: DepthStreamOptions) {
    this.topic = topic
    this.#symbol = symbol
    this.#depth = depth
    this.#book = book
    this.#isTimeFirst = product.isTimeFirst
    this.#updateId = firstId
  }

  /** After the book has changed and before its touched slots are cleared. */
  follow(sequence: number, ms: number): void {
    const view = this.#view
    if (!view) return
    const isWanted = this.topic.isWanted
    view.update(isWanted)
    this.#updateId += 1
    this.#sequence = sequence
    if (!isWanted) return
    const levels = `"b":[${view.bids}],"a":[${view.asks}]`
    this.topic.publish(
      `{${this.#head('delta', ms)},"data":{"s":"${this.#symbol}",${levels},"u":${this.#updateId},"seq":${sequence}},"cts":${ms}}`,
    )
  }

  /** `sequence` is that of the book's latest change. */
  greet(connection: Connection, sequence: number, ms: number): void {
    this.topic.sendTo(connection, `{${this.#head('snapshot', ms)},${this.#body(sequence)},"cts":${ms}}`)
  }

  /** The same book for REST, whose `u` is that of the deepest topic. */
  restBody(levelCountMax: number, sequence: number, ms: number): string {
    const view = this.#follower(sequence)
    const { bids, asks } = view.snapshot(levelCountMax)
    const levels = `"b":${JSON.stringify(bids)},"a":${JSON.stringify(asks)}`
    return `{"s":"${this.#symbol}",${levels},"ts":${ms},"u":${this.#updateId},"seq":${this.#sequence},"cts":${ms}}`
  }

  get sequence(): number {
    return this.#sequence
  }

  levels(): { bids: [string, string][]; asks: [string, string][] } {
    return this.#view?.snapshot(this.#depth) ?? { bids: [], asks: [] }
  }

  #head(type: 'snapshot' | 'delta', ms: number): string {
    return frameHead(this.topic.name, type, ms, this.#isTimeFirst)
  }

  #body(sequence: number): string {
    const { bids, asks } = this.#follower(sequence).snapshot(this.#depth)
    const levels = `"b":${JSON.stringify(bids)},"a":${JSON.stringify(asks)}`
    return `"data":{"s":"${this.#symbol}",${levels},"u":${this.#updateId},"seq":${this.#sequence}}`
  }

  #follower(sequence: number): BookView {
    if (!this.#view) {
      this.#view = new BookView(this.#book, this.#depth)
      this.#sequence = sequence
    }
    return this.#view
  }
}
