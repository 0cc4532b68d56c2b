// The channels that only swaps have: `open-interest` of one swap, and `liquidation-orders` of all swaps together.
import assert from 'node:assert/strict'
import type { Subscriber, Topic } from '../connection/topics.js'
import type { MarketContext } from '../dialect.js'
import { decimalText, type InstrumentSpec, priceText } from '../market/instrument-spec.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../market/random.js'
import { exactProduct, withoutTrailingZeros } from './decimals.js'
import { argText } from './products.js'

const INTEREST_PUSH_US = 3_000_000
const HISTORY_COUNT = 12
/** Newer ones are not in the history: a client that was connected got them live. */
const HISTORY_AGE_MS = 10_000

/** The same figure in contracts, in coin and in dollars, every three seconds. */
export class InterestTopic {
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

  /** Changes and pushes the figure when three seconds have passed. */
  change(atUs: number, ms: number): void {
    if (atUs - this.#pushedUs < INTEREST_PUSH_US) return
    this.#pushedUs = atUs
    this.#lots += this.#random.below(2_001) - 1_000
    assert(this.#lots > 0, 'open interest is a quantity')
    this.#topic.publish(this.#frame(ms))
  }

  sendSnapshot(subscriber: Subscriber, ms: number): void {
    this.#topic.sendTo(subscriber, this.#frame(ms))
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

export interface LiquidationTopicOptions {
  readonly product: string
  readonly topic: Topic
  readonly arg: string
  readonly context: MarketContext
  readonly random: Random
}

interface PastLiquidation {
  readonly ms: number
  readonly entry: string
}

/**
 * A new subscriber first gets a history of old liquidations, in no order, then the new ones. An entry has the order's side and
 * the closed position's, or `net` where the account does not separate the sides.
 */
export class LiquidationTopic {
  readonly #options: LiquidationTopicOptions
  readonly #history: PastLiquidation[] = []

  constructor(options: LiquidationTopicOptions) {
    this.#options = options
    options.topic.onSubscribe = subscriber => this.#sendHistory(subscriber)
  }

  /** A liquidation from before the simulator began. */
  addPast(spec: InstrumentSpec, book: MarketBook, ageMs: number): void {
    const { clock } = this.#options.context
    const ms = clock.wallMs(clock.nowUs()) - ageMs
    this.#remember(ms, entryText(spec, [detailText(this.#draw(book, ms))]))
  }

  publish(spec: InstrumentSpec, book: MarketBook, atUs: number): void {
    const { product, topic, arg, context, random } = this.#options
    const { clock, journal, sends } = context
    const { hasSubscribers } = topic
    const pushMs = clock.wallMs(atUs)
    const details = Array.from({ length: 1 + random.below(2) }, (_, rank) =>
      this.#draw(book, pushMs - 200 + rank * 100),
    )
    const entry = entryText(spec, details.map(detailText))
    topic.publish(`{"arg":${arg},"data":[${entry}]}`)
    this.#remember(pushMs, entry)
    sends.published(atUs, hasSubscribers, sentUs => {
      for (const { side, price, amount, ms: venueTimeMs } of details) {
        const orderSide = side === 'sell' ? 'Sell' : 'Buy'
        journal?.liquidation({ product, symbol: spec.symbol, price, amount, orderSide, venueTimeMs }, atUs, sentUs)
      }
    })
  }

  #draw(book: MarketBook, ms: number): Detail {
    const { random } = this.#options
    const isLong = random.below(2) === 0
    const slot = book.drawFarSlot(isLong, random)
    const { priceTexts, amountTexts } = book.ladder
    return {
      side: isLong ? 'sell' : 'buy',
      position: random.below(3) === 0 ? 'net' : isLong ? 'long' : 'short',
      price: priceTexts[slot]!,
      amount: amountTexts[1 + random.below(4_000)]!,
      ms,
    }
  }

  #remember(ms: number, entry: string): void {
    const history = this.#history
    assert(history.length === 0 || ms >= history[history.length - 1]!.ms, 'the history is in order of time')
    history.push({ ms, entry })
    const oldMs = ms - HISTORY_AGE_MS
    while (history.length > HISTORY_COUNT && history[HISTORY_COUNT]!.ms < oldMs) history.shift()
  }

  #sendHistory(subscriber: Subscriber): void {
    const { topic, arg, context } = this.#options
    const oldMs = context.clock.wallMs(context.clock.nowUs()) - HISTORY_AGE_MS
    const old = this.#history.filter(({ ms }) => ms < oldMs).slice(-HISTORY_COUNT)
    // Odd ranks before even ones: not chronological, as the venue's manual warns.
    const mixed = [...old.filter((_, rank) => rank % 2 === 1), ...old.filter((_, rank) => rank % 2 === 0)]
    topic.sendTo(subscriber, `{"arg":${arg},"data":[${mixed.map(({ entry }) => entry).join(',')}]}`)
  }
}

interface Detail {
  readonly side: 'buy' | 'sell'
  readonly position: 'long' | 'short' | 'net'
  readonly price: string
  readonly amount: string
  readonly ms: number
}

function detailText({ side, position, price, amount, ms }: Detail): string {
  return `{"side":"${side}","posSide":"${position}","bkPx":"${price}","sz":"${amount}","bkLoss":"0","ccy":"","ts":"${ms}"}`
}

function entryText({ symbol, base, quote }: InstrumentSpec, details: readonly string[]): string {
  const family = `${base}-${quote}`
  return `{"instType":"SWAP","instFamily":"${family}","instId":"${symbol}","uly":"${family}","details":[${details.join(',')}]}`
}
