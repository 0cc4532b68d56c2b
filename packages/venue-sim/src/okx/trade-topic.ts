// The `trades` channel of one instrument: one frame per price of a taker order, with the number of fills folded into it. Fill
// ids count up by one; `tradeId` is the last one of a frame and the id in the journal.
import assert from 'node:assert/strict'
import type { Topic } from '../connection/topics.js'
import type { MarketContext } from '../dialect.js'
import type { JournalTrade } from '../journal.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../market/random.js'
import type { Sequence } from './sequence.js'

interface TradeTopicOptions {
  /** As in the journal. */
  readonly product: string
  readonly symbol: string
  readonly topic: Topic
  readonly arg: string
  readonly context: MarketContext
  readonly random: Random
  readonly sequence: Sequence
  readonly firstId: number
}

export class TradeTopic {
  readonly #options: TradeTopicOptions
  #lastId: number

  constructor(options: TradeTopicOptions) {
    this.#options = options
    this.#lastId = options.firstId
  }

  /** One taker order that trades at `count` prices, best first. */
  sweep(book: MarketBook, count: number, atUs: number): void {
    assert(count > 0, 'an order trades at least once')
    const isSell = this.#options.random.below(2) === 0
    const id = this.#options.sequence.next()
    let slot = isSell ? book.bestBid() : book.bestAsk()
    for (let left = count; left > 0; left -= 1) {
      this.#tradeAt(book, slot, isSell, id, atUs)
      slot = book.nextLevel(slot, isSell ? -1 : 1)
    }
  }

  #tradeAt(book: MarketBook, slot: number, isSell: boolean, sequence: number, atUs: number): void {
    const { product, symbol, topic, arg, context, random } = this.#options
    const { clock, journal, sends } = context
    const price = book.ladder.priceTexts[slot]!
    const fillCount = 1 + random.below(4)
    const amount = book.ladder.amountTexts[fillCount + ((random.below(64) * random.below(64)) >> 2)]!
    this.#lastId += fillCount
    const id = String(this.#lastId)
    const { hasSubscribers } = topic
    const what = `"tradeId":"${id}","px":"${price}","sz":"${amount}","side":"${isSell ? 'sell' : 'buy'}"`
    const rest = `"ts":"${clock.wallMs(atUs)}","count":"${fillCount}","source":"0","seqId":${sequence}`
    topic.publish(`{"arg":${arg},"data":[{"instId":"${symbol}",${what},${rest}}]}`)
    const side = isSell ? 'Sell' : 'Buy'
    const trade: JournalTrade = { product, symbol, id, price, amount, side }
    sends.published(atUs, hasSubscribers, sentUs => journal?.trade(trade, atUs, sentUs))
  }
}
