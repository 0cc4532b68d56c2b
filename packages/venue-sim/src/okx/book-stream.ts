// The `books` channel of one instrument: 400 levels, a snapshot for each subscriber, then updates chained by `prevSeqId`. When
// nothing changes for a minute, an update without levels says that the line lives; now and then the ids start again lower.
import type { Connection } from '../connection.js'
import { DeltaStream } from '../market/delta-stream.js'
import type { MarketBook } from '../market/market-book.js'
import type { Topic } from '../topics.js'
import { levelList } from './okx-ladder.js'

const DEPTH = 400

export class BookStream {
  readonly #topic: Topic
  readonly #arg: string
  readonly #deltas: DeltaStream
  #lastId: number

  constructor(topic: Topic, arg: string, book: MarketBook, firstId: number) {
    this.#topic = topic
    this.#arg = arg
    this.#deltas = new DeltaStream({
      book,
      levelCountMax: DEPTH,
      topics: [topic],
      textOf: (_, numbers, bids, asks) => this.#text(numbers, bids, asks),
    })
    this.#lastId = firstId
  }

  /** After the book has changed and before its touched slots are cleared. */
  follow(id: number, ms: number): void {
    this.#deltas.follow([ms, this.#lastId, id])
    this.#lastId = id
  }

  heartbeat(ms: number): void {
    this.#topic.publish(this.#text([ms, this.#lastId, this.#lastId], '', ''))
  }

  greet(connection: Connection, ms: number): void {
    this.#topic.sendTo(connection, `{"arg":${this.#arg},"action":"snapshot","data":[${this.#body(DEPTH, ms, -1)}]}`)
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
