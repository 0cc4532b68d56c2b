// The `open-interest` channel of one swap: the same figure in contracts, in coin and in dollars, every three seconds.
import type { Connection } from '../connection.js'
import { decimalText, type InstrumentSpec, priceText } from '../market/instrument-spec.js'
import type { Random } from '../random.js'
import type { Topic } from '../topics.js'
import { argText } from './channels.js'
import { exactProduct, withoutTrailingZeros } from './exact-decimals.js'

const PUSH_US = 3_000_000

export class InterestStream {
  readonly #topic: Topic
  readonly #spec: InstrumentSpec
  readonly #contractValue: string
  readonly #random: Random
  #lots = 221_611_301
  #pushedUs = Number.NEGATIVE_INFINITY

  constructor(topic: Topic, spec: InstrumentSpec, contractValue: string, random: Random) {
    this.#topic = topic
    this.#spec = spec
    this.#contractValue = contractValue
    this.#random = random
  }

  /** Pushes when it is time again. */
  change(atUs: number, ms: number): void {
    if (atUs - this.#pushedUs < PUSH_US) return
    this.#pushedUs = atUs
    this.#lots += this.#random.below(2_001) - 1_000
    this.#topic.publish(this.#frame(ms))
  }

  greet(connection: Connection, ms: number): void {
    this.#topic.sendTo(connection, this.#frame(ms))
  }

  #frame(ms: number): string {
    const spec = this.#spec
    const contracts = withoutTrailingZeros(decimalText(this.#lots, spec.amountDecimals))
    const coin = exactProduct(contracts, this.#contractValue)
    const usd = exactProduct(coin, priceText(spec, spec.startTicks))
    const figures = `"oi":"${contracts}","oiCcy":"${coin}","oiUsd":"${usd}"`
    const arg = argText('open-interest', spec.symbol)
    return `{"arg":${arg},"data":[{"instType":"SWAP","instId":"${spec.symbol}",${figures},"ts":"${ms}"}]}`
  }
}
