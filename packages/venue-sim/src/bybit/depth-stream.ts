// One orderbook.<depth> topic of one instrument: the snapshot that opens it for each subscriber, then deltas whose `u` counts
// up by one. It starts to follow the book with its first subscriber.
import type { Connection } from '../connection.js'
import { DeltaStream } from '../market/delta-stream.js'
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
  #deltas: DeltaStream | undefined
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
    if (!this.#deltas) return
    this.#updateId += 1
    this.#sequence = sequence
    this.#deltas.follow([ms, this.#updateId, sequence])
  }

  /** `sequence` is that of the book's latest change. */
  greet(connection: Connection, sequence: number, ms: number): void {
    this.topic.sendTo(connection, `{${this.#head('snapshot', ms)},${this.#body(sequence)},"cts":${ms}}`)
  }

  /** The same book for REST, whose `u` is that of the deepest topic. */
  restBody(levelCountMax: number, sequence: number, ms: number): string {
    const { bids, asks } = this.#follower(sequence).snapshot(levelCountMax)
    const levels = `"b":${JSON.stringify(bids)},"a":${JSON.stringify(asks)}`
    return `{"s":"${this.#symbol}",${levels},"ts":${ms},"u":${this.#updateId},"seq":${this.#sequence},"cts":${ms}}`
  }

  get sequence(): number {
    return this.#sequence
  }

  levels(): { bids: [string, string][]; asks: [string, string][] } {
    return this.#deltas?.snapshot(this.#depth) ?? { bids: [], asks: [] }
  }

  #head(type: 'snapshot' | 'delta', ms: number): string {
    return frameHead(this.topic.name, type, ms, this.#isTimeFirst)
  }

  #body(sequence: number): string {
    const { bids, asks } = this.#follower(sequence).snapshot(this.#depth)
    const levels = `"b":${JSON.stringify(bids)},"a":${JSON.stringify(asks)}`
    return `"data":{"s":"${this.#symbol}",${levels},"u":${this.#updateId},"seq":${this.#sequence}}`
  }

  #follower(sequence: number): DeltaStream {
    if (!this.#deltas) {
      this.#deltas = new DeltaStream({
        book: this.#book,
        levelCountMax: this.#depth,
        topics: [this.topic],
        textOf: (_, numbers, bids, asks) => this.#text(numbers, bids, asks),
      })
      this.#sequence = sequence
    }
    this.#deltas.catchUp()
    return this.#deltas
  }

  #text(numbers: readonly number[], bids: string, asks: string): string {
    const [ms = 0, updateId, sequence] = numbers
    const levels = `"b":[${bids}],"a":[${asks}]`
    return `{${this.#head('delta', ms)},"data":{"s":"${this.#symbol}",${levels},"u":${updateId},"seq":${sequence}},"cts":${ms}}`
  }
}
