// The tickers topic of one linear instrument: a snapshot with every field for a new subscriber, then deltas that name only what
// changed. Open interest counts both sides; the field with `single` in its name counts one.
import type { Connection } from '../connection.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import { priceText } from '../market/instrument-spec.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../random.js'
import type { Topic } from '../topics.js'

const INTEREST_EVERY = 3
const FUNDING_MS = 28_800_000

export class LinearTicker {
  readonly #topic: Topic
  readonly #spec: InstrumentSpec
  readonly #book: MarketBook
  readonly #random: Random
  #singleLots: number
  #round = 0

  constructor(topic: Topic, spec: InstrumentSpec, book: MarketBook, random: Random) {
    this.#topic = topic
    this.#spec = spec
    this.#book = book
    this.#random = random
    this.#singleLots = 30_275_060
  }

  greet(connection: Connection, sequence: number, ms: number): void {
    const spec = this.#spec
    const last = priceText(spec, spec.startTicks)
    const opening = `"symbol":"${spec.symbol}","tickDirection":"ZeroPlusTick","price24hPcnt":"0.001624","lastPrice":"${last}","prevPrice24h":"${last}","highPrice24h":"${last}","lowPrice24h":"${last}","prevPrice1h":"${last}","markPrice":"${last}","indexPrice":"${last}"`
    const funding = `"fundingIntervalHour":"8","fundingCap":"0.005"`
    const next = Math.ceil((ms + 1) / FUNDING_MS) * FUNDING_MS
    const closing = `"nextFundingTime":"${next}","fundingRate":"0.0001",${this.#quote()},"preOpenPrice":"","preQty":"","curPreListingPhase":""`
    const turnover = `"turnover24h":"1142118412.9021","volume24h":"17573.9120"`
    const fields = [opening, this.#interest(), turnover, funding, this.#singleInterest(), closing].join(',')
    this.#topic.sendTo(connection, this.#frame('snapshot', fields, sequence, ms))
  }

  change(sequence: number, ms: number): void {
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
