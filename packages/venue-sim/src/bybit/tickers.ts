// The tickers topic of one instrument. On linear: a snapshot with every field for a new subscriber, then deltas with only the
// fields that changed. On spot: always a snapshot, with neither best prices nor open interest.
import assert from 'node:assert/strict'
import type { Subscriber, Topic } from '../connection/topics.js'
import { type InstrumentSpec, priceText } from '../market/instrument-spec.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../market/random.js'
import { frameHead } from './products.js'

const INTEREST_EVERY = 3
const FUNDING_MS = 28_800_000

export class LinearTicker {
  readonly #topic: Topic
  readonly #spec: InstrumentSpec
  readonly #book: MarketBook
  readonly #random: Random
  /** Open interest of one side. The venue's `openInterest` counts both sides, the fields with `single` one. */
  #singleLots = 30_275_060
  #round = 0
  #sequence = 0

  constructor(topic: Topic, spec: InstrumentSpec, book: MarketBook, random: Random) {
    this.#topic = topic
    this.#spec = spec
    this.#book = book
    this.#random = random
  }

  sendSnapshot(subscriber: Subscriber, sequence: number, ms: number): void {
    const spec = this.#spec
    const last = priceText(spec, spec.startTicks)
    const opening = `"symbol":"${spec.symbol}","tickDirection":"ZeroPlusTick","price24hPcnt":"0.001624","lastPrice":"${last}","prevPrice24h":"${last}","highPrice24h":"${last}","lowPrice24h":"${last}","prevPrice1h":"${last}","markPrice":"${last}","indexPrice":"${last}"`
    const funding = `"fundingIntervalHour":"8","fundingCap":"0.005"`
    const next = Math.ceil((ms + 1) / FUNDING_MS) * FUNDING_MS
    const closing = `"nextFundingTime":"${next}","fundingRate":"0.0001",${this.#quote()},"preOpenPrice":"","preQty":"","curPreListingPhase":""`
    const turnover = `"turnover24h":"1142118412.9021","volume24h":"17573.9120"`
    const fields = [opening, this.#interest(), turnover, funding, this.#singleInterest(), closing].join(',')
    this.#topic.sendTo(subscriber, this.#frame('snapshot', fields, sequence, ms))
  }

  change(sequence: number, ms: number): void {
    assert(sequence > this.#sequence, 'the sequence of a ticker increases')
    this.#sequence = sequence
    const random = this.#random
    this.#round += 1
    const fields = [`"symbol":"${this.#spec.symbol}"`]
    if (random.below(2) === 0) fields.push(`"markPrice":"${this.#nearPrice()}"`)
    if (random.below(3) === 0) fields.push(`"indexPrice":"${this.#nearPrice()}"`)
    if (this.#round % INTEREST_EVERY === 0) {
      this.#singleLots += random.below(401) - 200
      fields.push(this.#interest(), this.#quote(), this.#singleInterest())
    } else {
      fields.push(this.#quote())
    }
    this.#topic.publish(this.#frame('delta', fields.join(','), sequence, ms))
  }

  #frame(type: string, fields: string, sequence: number, ms: number): string {
    return `{"topic":"${this.#topic.name}","type":"${type}","data":{${fields}},"cs":${sequence},"ts":${ms}}`
  }

  #interest(): string {
    const amount = (this.#singleLots * 2) / 10 ** this.#spec.amountDecimals
    return `"openInterest":"${amount.toFixed(this.#spec.amountDecimals)}","openInterestValue":"${(amount * this.#price()).toFixed(2)}"`
  }

  #singleInterest(): string {
    const amount = this.#singleLots / 10 ** this.#spec.amountDecimals
    return `"singleOpenInterest":"${amount.toFixed(this.#spec.amountDecimals)}","singleOpenInterestValue":"${(amount * this.#price()).toFixed(2)}"`
  }

  #quote(): string {
    const { bid, bidAmount, ask, askAmount } = this.#book.top()
    return `"bid1Price":"${bid}","bid1Size":"${bidAmount}","ask1Price":"${ask}","ask1Size":"${askAmount}"`
  }

  #nearPrice(): string {
    return this.#book.ladder.priceTexts[this.#book.middle + this.#random.below(9) - 4]!
  }

  #price(): number {
    return (this.#spec.startTicks * this.#spec.tickStep) / 10 ** this.#spec.priceDecimals
  }
}

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
    if (this.#topic.hasSubscribers) this.#topic.publish(this.#frame(sequence, ms))
  }

  sendSnapshot(subscriber: Subscriber, sequence: number, ms: number): void {
    this.#topic.sendTo(subscriber, this.#frame(sequence, ms))
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
