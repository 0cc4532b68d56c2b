// The trades of one Bybit instrument: UUID ids, all prices of one taker order in one message, never more than 1,024 in it.
import type { Clock } from '../clock.js'
import type { Journal } from '../journal.js'
import type { Lateness } from '../lateness.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import { SLOT_COUNT } from '../market/ladder.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../random.js'
import type { Topic } from '../topics.js'
import { PRODUCT } from './specs.js'

export const TRADES_PER_MESSAGE_MAX = 1_024

export interface TradeTapeOptions {
  readonly spec: InstrumentSpec
  readonly topic: Topic
  readonly clock: Clock
  readonly journal: Journal | undefined
  readonly lateness: Lateness
  readonly random: Random
}

interface TapeTrade {
  readonly id: string
  readonly price: string
  readonly amount: string
}

export class TradeTape {
  readonly #options: TradeTapeOptions
  #lastSlot = 0
  #direction = 'PlusTick'

  constructor(options: TradeTapeOptions) {
    this.#options = options
  }

  /** One taker order that trades at `count` prices, best first. */
  sweep(book: MarketBook, count: number, sequence: number, atUs: number): void {
    const { random, spec, topic, clock } = this.#options
    const side = random.below(2) === 0 ? 'Sell' : 'Buy'
    const ms = clock.wallMs(atUs)
    let slot = side === 'Sell' ? book.bestBid() : book.bestAsk()
    let trades: TapeTrade[] = []
    let list = ''
    for (let left = count; left > 0; left -= 1) {
      const id = uuid(random)
      const price = book.ladder.priceTexts[slot]!
      const amount = book.ladder.amountTexts[1 + ((random.below(64) * random.below(64)) >> 2)]!
      trades.push({ id, price, amount })
      list += list === '' ? '' : ','
      list += `{"T":${ms},"s":"${spec.symbol}","S":"${side}","v":"${amount}","p":"${price}","L":"${this.#tick(slot)}","i":"${id}","BT":false,"RPI":false,"seq":${sequence}}`
      slot = nextLevel(book, slot, side === 'Sell' ? -1 : 1)
      if (left > 1 && trades.length < TRADES_PER_MESSAGE_MAX) continue
      const isHeard = topic.isWanted
      topic.publish(`{"topic":"${topic.name}","type":"snapshot","ts":${ms},"data":[${list}]}`)
      this.#record(trades, side, atUs, isHeard)
      trades = []
      list = ''
    }
  }

  #record(trades: readonly TapeTrade[], side: 'Buy' | 'Sell', atUs: number, isHeard: boolean): void {
    const { spec, clock, journal, lateness } = this.#options
    const sentUs = clock.nowUs()
    if (isHeard) lateness.record(sentUs - atUs)
    if (!journal) return
    for (const trade of trades) journal.trade({ product: PRODUCT, symbol: spec.symbol, ...trade, side }, atUs, sentUs)
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

function nextLevel(book: MarketBook, from: number, step: number): number {
  let slot = from + step
  while (slot > 0 && slot < SLOT_COUNT - 1 && book.amounts[slot] === 0) slot += step
  return slot > 0 && slot < SLOT_COUNT - 1 ? slot : from
}

function uuid(random: Random): string {
  const hex = [random.bits(), random.bits(), random.bits(), random.bits()]
    .map(bits => bits.toString(16).padStart(8, '0'))
    .join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
