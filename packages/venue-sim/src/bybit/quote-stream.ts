// The orderbook.1 topic of one instrument: the best bid and ask, always as a snapshot, sent again with the same `u` when nothing
// has changed for three seconds.
import type { Connection } from '../connection.js'
import type { MarketBook } from '../market/market-book.js'
import type { Topic } from '../topics.js'
import { frameHead } from './specs.js'

const REPEAT_US = 3_000_000

export class QuoteStream {
  readonly #topic: Topic
  readonly #symbol: string
  readonly #book: MarketBook
  #updateId: number
  /** What a repetition sends again. */
  #body = ''
  #sentUs = 0

  constructor(topic: Topic, symbol: string, book: MarketBook, updateId: number) {
    this.#topic = topic
    this.#symbol = symbol
    this.#book = book
    this.#updateId = updateId
  }

  /** Takes the book's best prices as they are. */
  renew(sequence: number, atUs: number, ms: number): void {
    const { bid, bidAmount, ask, askAmount } = this.#book.top()
    this.#updateId += 1
    this.#sentUs = atUs
    const levels = `"b":[["${bid}","${bidAmount}"]],"a":[["${ask}","${askAmount}"]]`
    const ids = `"u":${this.#updateId},"seq":${sequence}`
    this.#body = `"data":{"s":"${this.#symbol}",${levels},${ids}},"cts":${ms}`
    if (this.#topic.isWanted) this.#topic.publish(this.#frame(ms))
  }

  repeat(atUs: number, ms: number): void {
    if (atUs - this.#sentUs < REPEAT_US) return
    this.#sentUs = atUs
    if (this.#topic.isWanted) this.#topic.publish(this.#frame(ms))
  }

  greet(connection: Connection, ms: number): void {
    this.#topic.sendTo(connection, this.#frame(ms))
  }

  #frame(ms: number): string {
    return `{${frameHead(this.#topic.name, 'snapshot', ms, true)},${this.#body}}`
  }
}
