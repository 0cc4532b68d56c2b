// The tickers topic of one spot instrument: always a snapshot, with neither best prices nor open interest.
import type { Connection } from '../connection.js'
import type { MarketBook } from '../market/market-book.js'
import type { Topic } from '../topics.js'
import { frameHead } from './specs.js'

export class SpotTicker {
  readonly #topic: Topic
  readonly #symbol: string
  readonly #book: MarketBook

  constructor(topic: Topic, symbol: string, book: MarketBook) {
    this.#topic = topic
    this.#symbol = symbol
    this.#book = book
  }

  publish(sequence: number, ms: number): void {
    if (this.#topic.isWanted) this.#topic.publish(this.#frame(sequence, ms))
  }

  greet(connection: Connection, sequence: number, ms: number): void {
    this.#topic.sendTo(connection, this.#frame(sequence, ms))
  }

  #frame(sequence: number, ms: number): string {
    const { bid, ask } = this.#book.top()
    const prices = `"lastPrice":"${bid}","highPrice24h":"${ask}","lowPrice24h":"${bid}","prevPrice24h":"${bid}"`
    const volumes = `"volume24h":"2953.835931","turnover24h":"191907024.69597728"`
    const rest = `"price24hPcnt":"0.0015","usdIndexPrice":"${ask}"`
    const data = `{"symbol":"${this.#symbol}",${prices},${volumes},${rest}}`
    return `{${frameHead(this.#topic.name, 'snapshot', ms, true)},"cs":${sequence},"data":${data}}`
  }
}
