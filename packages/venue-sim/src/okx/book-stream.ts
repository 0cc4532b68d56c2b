// The `books` channel of one instrument: 400 levels, a snapshot for each subscriber, then updates chained by `prevSeqId`. When
// nothing changes for a minute, an update without levels says that the line lives; now and then the ids start again lower.
import type { Connection } from '../connection.js'
import { BookView } from '../market/book-view.js'
import type { MarketBook } from '../market/market-book.js'
import type { Topic } from '../topics.js'
import { levelList } from './okx-ladder.js'

const DEPTH = 400

export class BookStream {
  readonly #topic: Topic
  readonly #arg: string
  readonly #view: BookView
  #lastId: number

  constructor(topic: Topic, arg: string, book: MarketBook, firstId: number) {
    this.#topic = topic
    this.#arg = arg
    this.#view = new BookView(book, DEPTH)
    this.#lastId = firstId
  }

  /** After the book has changed and before its touched slots are cleared. */
  follow(id: number, ms: number): void {
    const isWanted = this.#topic.isWanted
    this.#view.update(isWanted)
    if (isWanted) this.#publish(this.#view.asks, this.#view.bids, id, ms)
    this.#lastId = id
  }

  heartbeat(ms: number): void {
    this.#publish('', '', this.#lastId, ms)
  }

  greet(connection: Connection, ms: number): void {
    this.#topic.sendTo(connection, `{"arg":${this.#arg},"action":"snapshot","data":[${this.#body(DEPTH, ms, -1)}]}`)
  }

  restBody(levelCountMax: number, ms: number): string {
    return this.#body(levelCountMax, ms, undefined)
  }

  #publish(asks: string, bids: string, id: number, ms: number): void {
    const ids = `"checksum":0,"prevSeqId":${this.#lastId},"seqId":${id}`
    this.#topic.publish(
      `{"arg":${this.#arg},"action":"update","data":[{"asks":[${asks}],"bids":[${bids}],"ts":"${ms}",${ids}}]}`,
    )
  }

  #body(levelCountMax: number, ms: number, previousId: number | undefined): string {
    const { bids, asks } = this.#view.snapshot(levelCountMax)
    const chain = previousId === undefined ? '' : `"checksum":0,"prevSeqId":${previousId},`
    return `{"asks":[${levelList(asks)}],"bids":[${levelList(bids)}],"ts":"${ms}",${chain}"seqId":${this.#lastId}}`
  }
}
