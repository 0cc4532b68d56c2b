// The orderbook topics of one instrument. orderbook.1 is the quote, always a snapshot. The deeper ones send a snapshot to
// each new subscriber, then deltas whose `u` counts up by one.
import assert from 'node:assert/strict'
import type { Subscriber, Topic } from '../connection/topics.js'
import { DeltaPublisher } from '../market/delta-publisher.js'
import type { MarketBook } from '../market/market-book.js'
import { type BybitProduct, frameHead } from './products.js'

const REPEAT_US = 3_000_000

export class QuoteTopic {
  readonly #topic: Topic
  readonly #symbol: string
  readonly #book: MarketBook
  #updateId: number
  /** Kept for repetitions. */
  #body = ''
  #sentUs = 0

  constructor(topic: Topic, symbol: string, book: MarketBook, updateId: number) {
    this.#topic = topic
    this.#symbol = symbol
    this.#book = book
    this.#updateId = updateId
  }

  /** Takes over the book's best prices as they are. */
  renew(sequence: number, atUs: number, ms: number): void {
    assert(atUs >= this.#sentUs, 'quotes follow each other')
    const { bid, bidAmount, ask, askAmount } = this.#book.top()
    this.#updateId += 1
    this.#sentUs = atUs
    const levels = `"b":[["${bid}","${bidAmount}"]],"a":[["${ask}","${askAmount}"]]`
    const ids = `"u":${this.#updateId},"seq":${sequence}`
    this.#body = `"data":{"s":"${this.#symbol}",${levels},${ids}},"cts":${ms}`
    if (this.#topic.hasSubscribers) this.#topic.publish(this.#frame(ms))
  }

  /** Sends the quote again with the same `u` when it has not changed for three seconds. */
  repeat(atUs: number, ms: number): void {
    if (atUs - this.#sentUs < REPEAT_US) return
    this.#sentUs = atUs
    if (this.#topic.hasSubscribers) this.#topic.publish(this.#frame(ms))
  }

  sendSnapshot(subscriber: Subscriber, ms: number): void {
    this.#topic.sendTo(subscriber, this.#frame(ms))
  }

  #frame(ms: number): string {
    return `{${frameHead(this.#topic.name, 'snapshot', ms, true)},${this.#body}}`
  }
}

interface BookTopicOptions {
  readonly product: BybitProduct
  readonly topic: Topic
  readonly symbol: string
  readonly depth: number
  readonly book: MarketBook
  readonly firstId: number
}

export class BookTopic {
  readonly topic: Topic
  readonly #symbol: string
  readonly #depth: number
  readonly #book: MarketBook
  readonly #isTimeFirst: boolean
  /** Made for the first subscriber. */
  #deltas: DeltaPublisher | undefined
  #updateId: number
  #sequence = 0

  constructor({ product, topic, symbol, depth, book, firstId }: BookTopicOptions) {
    this.topic = topic
    this.#symbol = symbol
    this.#depth = depth
    this.#book = book
    this.#isTimeFirst = product.isTimeFirst
    this.#updateId = firstId
  }

  /** To be called after the book has changed and before its touched slots are cleared. */
  publish(sequence: number, ms: number): void {
    if (!this.#deltas) return
    assert(sequence > this.#sequence, 'the sequence of a book increases')
    this.#updateId += 1
    this.#sequence = sequence
    this.#deltas.publish([ms, this.#updateId, sequence])
  }

  /** `sequence` is that of the book's latest change. */
  sendSnapshot(subscriber: Subscriber, sequence: number, ms: number): void {
    this.topic.sendTo(subscriber, `{${this.#head('snapshot', ms)},${this.#body(sequence)},"cts":${ms}}`)
  }

  /** The same book as a REST answer. */
  restBody(levelCountMax: number, sequence: number, ms: number): string {
    const { bids, asks } = this.#caughtUp(sequence).snapshot(levelCountMax)
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
    const { bids, asks } = this.#caughtUp(sequence).snapshot(this.#depth)
    const levels = `"b":${JSON.stringify(bids)},"a":${JSON.stringify(asks)}`
    return `"data":{"s":"${this.#symbol}",${levels},"u":${this.#updateId},"seq":${this.#sequence}}`
  }

  #caughtUp(sequence: number): DeltaPublisher {
    if (!this.#deltas) {
      this.#deltas = new DeltaPublisher({
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
