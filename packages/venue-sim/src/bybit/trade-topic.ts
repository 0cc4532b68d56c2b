// The publicTrade topic of one instrument: all prices of one taker order in one message, with at most 1,024 trades. Ids are
// UUIDs on linear and numbers as text on spot, which has no tick direction.
import assert from 'node:assert/strict'
import type { Topic } from '../connection/topics.js'
import type { MarketContext } from '../dialect.js'
import type { JournalTrade } from '../journal.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../market/random.js'
import { type BybitProduct, frameHead } from './products.js'

const TRADES_PER_MESSAGE_MAX = 1_024
const SPOT_ID_HEAD = '229000'

interface TradeTopicOptions {
  readonly product: BybitProduct
  readonly symbol: string
  readonly topic: Topic
  readonly context: MarketContext
  readonly random: Random
  /** Of the instrument. */
  readonly index: number
}

type Trade = Omit<JournalTrade, 'product' | 'symbol'>

export class TradeTopic {
  readonly #options: TradeTopicOptions
  #lastSlot = 0
  #direction = 'PlusTick'
  #idCount = 0

  constructor(options: TradeTopicOptions) {
    this.#options = options
  }

  /** One taker order that trades at `count` prices, best first. */
  sweep(book: MarketBook, count: number, sequence: number, atUs: number): void {
    assert(count > 0, 'an order trades at least once')
    const { product, random, topic, context } = this.#options
    const side = random.below(2) === 0 ? 'Sell' : 'Buy'
    const ms = context.clock.wallMs(atUs)
    let slot = side === 'Sell' ? book.bestBid() : book.bestAsk()
    let trades: Trade[] = []
    let list = ''
    for (let left = count; left > 0; left -= 1) {
      const id = this.#nextId()
      const price = book.ladder.priceTexts[slot]!
      const amount = book.ladder.amountTexts[1 + ((random.below(64) * random.below(64)) >> 2)]!
      const trade: Trade = { id, price, amount, side }
      trades.push(trade)
      list += list === '' ? '' : ','
      list += this.#entry(trade, slot, sequence, ms)
      slot = book.nextLevel(slot, side === 'Sell' ? -1 : 1)
      if (left > 1 && trades.length < TRADES_PER_MESSAGE_MAX) continue
      const { hasSubscribers } = topic
      topic.publish(`{${frameHead(topic.name, 'snapshot', ms, product.isTimeFirst)},"data":[${list}]}`)
      this.#record(trades, atUs, hasSubscribers)
      trades = []
      list = ''
    }
  }

  #entry({ id, price, amount, side }: Trade, slot: number, sequence: number, ms: number): string {
    const { product, symbol } = this.#options
    if (product.category === 'spot') {
      return `{"i":"${id}","T":${ms},"p":"${price}","v":"${amount}","S":"${side}","seq":${sequence},"s":"${symbol}","BT":false,"RPI":false}`
    }
    return `{"T":${ms},"s":"${symbol}","S":"${side}","v":"${amount}","p":"${price}","L":"${this.#tick(slot)}","i":"${id}","BT":false,"RPI":false,"seq":${sequence}}`
  }

  #nextId(): string {
    const { product, random, index } = this.#options
    if (product.category === 'linear') return uuid(random)
    this.#idCount += 1
    // More digits than a double holds exactly.
    return `${SPOT_ID_HEAD}${String(1_189_048_101 + index * 1_000_000_000 + this.#idCount).padStart(13, '0')}`
  }

  #record(trades: readonly Trade[], atUs: number, hadSubscribers: boolean): void {
    const { product, symbol, context } = this.#options
    context.sends.published(atUs, hadSubscribers, sentUs => {
      for (const trade of trades) context.journal?.trade({ product: product.name, symbol, ...trade }, atUs, sentUs)
    })
  }

  #tick(slot: number): string {
    const before = this.#lastSlot
    this.#lastSlot = slot
    if (slot !== before) {
      this.#direction = slot > before ? 'PlusTick' : 'MinusTick'
      return this.#direction
    }
    return `Zero${this.#direction}`
  }
}

function uuid(random: Random): string {
  const hex = [random.bits(), random.bits(), random.bits(), random.bits()]
    .map(bits => bits.toString(16).padStart(8, '0'))
    .join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
