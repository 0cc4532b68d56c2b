// The `liquidation-orders` channel of all swaps together: a new subscriber first gets a backlog of old ones, in no order, then
// what happens. The order's side is told, and the closed position's, or `net` where the account does not keep sides apart.
import type { Connection } from '../connection.js'
import type { MarketContext } from '../dialect.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import type { MarketBook } from '../market/market-book.js'
import type { Random } from '../random.js'
import type { Topic } from '../topics.js'

const BACKLOG_COUNT = 12
/** Younger ones are left out of the backlog: who was connected has had them live. */
const BACKLOG_AGE_MS = 10_000

interface Liquidation {
  readonly ms: number
  readonly entry: string
}

export interface LiquidationFeedOptions {
  readonly product: string
  readonly topic: Topic
  readonly arg: string
  readonly context: MarketContext
  readonly random: Random
}

export class LiquidationFeed {
  readonly #options: LiquidationFeedOptions
  readonly #past: Liquidation[] = []

  constructor(options: LiquidationFeedOptions) {
    this.#options = options
    options.topic.greet = connection => this.#greet(connection)
  }

  /** What happened before the simulator began. */
  addPast(spec: InstrumentSpec, book: MarketBook, ageMs: number): void {
    const { clock } = this.#options.context
    const ms = clock.wallMs(clock.nowUs()) - ageMs
    this.#remember(ms, entryText(spec, [detailText(this.#draw(book, ms))]))
  }

  publish(spec: InstrumentSpec, book: MarketBook, atUs: number): void {
    const { product, topic, arg, context, random } = this.#options
    const { clock, journal } = context
    const pushMs = clock.wallMs(atUs)
    const details = Array.from({ length: 1 + random.below(2) }, (_, rank) =>
      this.#draw(book, pushMs - 200 + rank * 100),
    )
    const entry = entryText(spec, details.map(detailText))
    topic.publish(`{"arg":${arg},"data":[${entry}]}`)
    this.#remember(pushMs, entry)
    for (const { side, price, amount, ms: venueTimeMs } of details) {
      const orderSide = side === 'sell' ? 'Sell' : 'Buy'
      journal?.liquidation({ product, symbol: spec.symbol, price, amount, orderSide, venueTimeMs }, atUs, clock.nowUs())
    }
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
    this.#past.push({ ms, entry })
    const oldMs = ms - BACKLOG_AGE_MS
    while (this.#past.length > BACKLOG_COUNT && this.#past[BACKLOG_COUNT]!.ms < oldMs) this.#past.shift()
  }

  #greet(connection: Connection): void {
    const { topic, arg, context } = this.#options
    const oldMs = context.clock.wallMs(context.clock.nowUs()) - BACKLOG_AGE_MS
    const old = this.#past.filter(({ ms }) => ms < oldMs).slice(-BACKLOG_COUNT)
    // Odd ranks before even ones: not chronological, as the venue warns.
    const mixed = [...old.filter((_, rank) => rank % 2 === 1), ...old.filter((_, rank) => rank % 2 === 0)]
    topic.sendTo(connection, `{"arg":${arg},"data":[${mixed.map(({ entry }) => entry).join(',')}]}`)
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
