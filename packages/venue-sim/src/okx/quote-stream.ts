// The `bbo-tbt` channel of one instrument: the best level of each side after each change, and the same again after a minute.
import type { Connection } from '../connection.js'
import type { MarketBook } from '../market/market-book.js'
import type { Topic } from '../topics.js'
import { levelList } from './okx-ladder.js'

export class QuoteStream {
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

  renew(id: number, atUs: number, ms: number): void {
    this.#id = id
    this.#levels = this.#bestLevels()
    this.repeat(atUs, ms)
  }

  repeat(atUs: number, ms: number): void {
    this.#sentUs = atUs
    if (this.#topic.isWanted) this.#topic.publish(this.#frame(ms))
  }

  greet(connection: Connection, ms: number): void {
    this.#topic.sendTo(connection, this.#frame(ms))
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
