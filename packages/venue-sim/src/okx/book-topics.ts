// The book and the quote of one instrument: channel `books` (400 levels: a snapshot for each subscriber, then updates chained
// by `prevSeqId`) and channel `bbo-tbt` (the best level of each side). Without a change for a minute both send something: the
// book an update without levels, the quote itself.
import assert from 'node:assert/strict'
import type { Subscriber, Topic } from '../connection/topics.js'
import { DeltaPublisher } from '../market/delta-publisher.js'
import type { MarketBook } from '../market/market-book.js'
import { levelList } from './decimals.js'

const DEPTH = 400

export class BookTopic {
  readonly #topic: Topic
  readonly #arg: string
  readonly #deltas: DeltaPublisher
  #lastId: number
  #sentUs: number

  constructor(topic: Topic, arg: string, book: MarketBook, firstId: number, nowUs: number) {
    this.#topic = topic
    this.#arg = arg
    this.#deltas = new DeltaPublisher({
      book,
      levelCountMax: DEPTH,
      topics: [topic],
      textOf: (_, numbers, bids, asks) => this.#text(numbers, bids, asks),
    })
    this.#lastId = firstId
    this.#sentUs = nowUs
  }

  get sentUs(): number {
    return this.#sentUs
  }

  /** To be called after the book has changed and before its touched slots are cleared. */
  publish(id: number, atUs: number, ms: number): void {
    assert(id !== this.#lastId, 'an id names one state of the book')
    this.#deltas.publish([ms, this.#lastId, id])
    this.#lastId = id
    this.#sentUs = atUs
  }

  /** An update without levels, which shows that the connection works. */
  sendHeartbeat(atUs: number, ms: number): void {
    assert(atUs >= this.#sentUs, 'updates follow each other')
    this.#sentUs = atUs
    this.#topic.publish(this.#text([ms, this.#lastId, this.#lastId], '', ''))
  }

  sendSnapshot(subscriber: Subscriber, ms: number): void {
    this.#topic.sendTo(subscriber, `{"arg":${this.#arg},"action":"snapshot","data":[${this.#body(DEPTH, ms, -1)}]}`)
  }

  restBody(levelCountMax: number, ms: number): string {
    return this.#body(levelCountMax, ms, undefined)
  }

  #text(numbers: readonly number[], bids: string, asks: string): string {
    const [ms, previousId, id] = numbers
    const ids = `"checksum":0,"prevSeqId":${previousId},"seqId":${id}`
    return `{"arg":${this.#arg},"action":"update","data":[{"asks":[${asks}],"bids":[${bids}],"ts":"${ms}",${ids}}]}`
  }

  #body(levelCountMax: number, ms: number, previousId: number | undefined): string {
    this.#deltas.catchUp()
    const { bids, asks } = this.#deltas.snapshot(levelCountMax)
    const chain = previousId === undefined ? '' : `"checksum":0,"prevSeqId":${previousId},`
    return `{"asks":[${levelList(asks)}],"bids":[${levelList(bids)}],"ts":"${ms}",${chain}"seqId":${this.#lastId}}`
  }
}

export class QuoteTopic {
  readonly #topic: Topic
  readonly #arg: string
  readonly #book: MarketBook
  #id: number
  #sentUs: number
  #levels = ''

  constructor(topic: Topic, arg: string, book: MarketBook, firstId: number, nowUs: number) {
    this.#topic = topic
    this.#arg = arg
    this.#book = book
    this.#id = firstId
    this.#sentUs = nowUs
    this.#levels = this.#bestLevels()
  }

  get sentUs(): number {
    return this.#sentUs
  }

  /** Takes over the book's best prices as they are. */
  renew(id: number, atUs: number, ms: number): void {
    this.#id = id
    this.#levels = this.#bestLevels()
    this.repeat(atUs, ms)
  }

  repeat(atUs: number, ms: number): void {
    assert(atUs >= this.#sentUs, 'quotes follow each other')
    this.#sentUs = atUs
    if (this.#topic.hasSubscribers) this.#topic.publish(this.#frame(ms))
  }

  sendSnapshot(subscriber: Subscriber, ms: number): void {
    this.#topic.sendTo(subscriber, this.#frame(ms))
  }

  #frame(ms: number): string {
    return `{"arg":${this.#arg},"data":[{${this.#levels},"ts":"${ms}","seqId":${this.#id}}]}`
  }

  #bestLevels(): string {
    const { ladder, amounts } = this.#book
    const level = (slot: number): string => levelList([[ladder.priceTexts[slot]!, ladder.amountTexts[amounts[slot]!]!]])
    return `"asks":[${level(this.#book.bestAsk())}],"bids":[${level(this.#book.bestBid())}]`
  }
}
