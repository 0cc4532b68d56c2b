// The trades of one OKX instrument: one frame per price of a taker order, with the number of fills folded into it. Fill ids
// count up by one and `tradeId` is the last of a frame's, which is the id that the journal knows it by.
import type { Clock } from '../clock.js'
import type { Journal } from '../journal.js'
import type { Lateness } from '../lateness.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../random.js'
import type { Topic } from '../topics.js'
import type { Sequence } from './sequence.js'

export interface TradeTapeOptions {
  /** As the journal names it. */
  readonly product: string
  readonly spec: InstrumentSpec
  readonly topic: Topic
  readonly arg: string
  readonly clock: Clock
  readonly journal: Journal | undefined
  readonly lateness: Lateness
  readonly random: Random
  readonly sequence: Sequence
  readonly firstId: number
}

export class TradeTape {
  readonly #options: TradeTapeOptions
  #lastId: number

  constructor(options: TradeTapeOptions) {
    this.#options = options
    this.#lastId = options.firstId
  }

  /** One taker order that trades at `count` prices, best first. */
  sweep(book: MarketBook, count: number, atUs: number): void {
    const isSell = this.#options.random.below(2) === 0
    const step = isSell ? -1 : 1
    const id = this.#options.sequence.next()
    let slot = isSell ? book.bestBid() : book.bestAsk()
    for (let left = count; left > 0; left -= 1) {
      this.#tradeAt(book, slot, isSell, id, atUs)
      slot = book.nextLevel(slot, step)
    }
  }

  #tradeAt(book: MarketBook, slot: number, isSell: boolean, sequence: number, atUs: number): void {
    const { product, spec, topic, arg, clock, journal, lateness, random } = this.#options
    const price = book.ladder.priceTexts[slot]!
    const fillCount = 1 + random.below(4)
    const amount = book.ladder.amountTexts[fillCount + ((random.below(64) * random.below(64)) >> 2)]!
    this.#lastId += fillCount
    const id = String(this.#lastId)
    const isHeard = topic.isWanted
    const what = `"tradeId":"${id}","px":"${price}","sz":"${amount}","side":"${isSell ? 'sell' : 'buy'}"`
    const rest = `"ts":"${clock.wallMs(atUs)}","count":"${fillCount}","source":"0","seqId":${sequence}`
    topic.publish(`{"arg":${arg},"data":[{"instId":"${spec.symbol}",${what},${rest}}]}`)
    const sentUs = clock.nowUs()
    if (isHeard) lateness.record(sentUs - atUs)
    const side = isSell ? 'Sell' : 'Buy'
    journal?.trade({ product, symbol: spec.symbol, id, price, amount, side }, atUs, sentUs)
  }
}
