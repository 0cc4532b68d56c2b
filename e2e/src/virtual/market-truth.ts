// What the venues published, from the simulator's own model: the trades and liquidations of each instrument in order, and for
// each sequence of its book the digest of the exact text of the best levels. Implements the simulator's journal.

export interface TrueTrade {
  readonly id: string
  readonly price: number
  readonly amount: number
  readonly side: string
  readonly venueMs: number
}

export interface TrueLiquidation {
  /** Venue time, price, amount and side of the order. Two may be alike. */
  readonly key: string
  readonly venueMs: number
}

/** Books kept per instrument; an older one would be far too late. */
const BOOKS_KEPT = 50_000

/** One instrument of one product. */
export class MarketTruth {
  readonly trades: TrueTrade[] = []
  readonly tradeIndexes = new Map<string, number>()
  readonly liquidations: TrueLiquidation[] = []
  /** Also the number of the newest book; numbers count up from 1. */
  bookCount = 0
  /** By the number less one, modulo `BOOKS_KEPT`. */
  readonly #digests: string[] = []
  readonly #publishedUs: number[] = []
  readonly #numbers = new Map<number, number>()

  addTrade(trade: TrueTrade): void {
    this.tradeIndexes.set(trade.id, this.trades.length)
    this.trades.push(trade)
  }

  addBook(sequence: number, digest: string, atUs: number): void {
    const index = this.bookCount % BOOKS_KEPT
    this.bookCount += 1
    this.#numbers.set(sequence, this.bookCount)
    this.#digests[index] = digest
    this.#publishedUs[index] = atUs
    if (this.#numbers.size > 2 * BOOKS_KEPT) this.#forgetSequences()
  }

  /** Of the newest book with this sequence: ids may restart. Undefined for none. */
  bookNumber(sequence: number): number | undefined {
    return this.#numbers.get(sequence)
  }

  bookDigest(number: number): string | undefined {
    return this.#isKept(number) ? this.#digests[(number - 1) % BOOKS_KEPT] : undefined
  }

  /** Undefined for a book that is not published yet, or no longer kept. */
  bookPublishedUs(number: number): number | undefined {
    return this.#isKept(number) ? this.#publishedUs[(number - 1) % BOOKS_KEPT] : undefined
  }

  #isKept(number: number): boolean {
    return number > Math.max(0, this.bookCount - BOOKS_KEPT) && number <= this.bookCount
  }

  #forgetSequences(): void {
    for (const [sequence, number] of this.#numbers) {
      if (number <= this.bookCount - BOOKS_KEPT) this.#numbers.delete(sequence)
    }
  }
}

export class VenueTruth {
  tradeCount = 0
  liquidationCount = 0
  bookCount = 0
  readonly #markets = new Map<string, MarketTruth>()
  readonly #nowUs: () => number
  readonly #wallMs: (us: number) => number

  constructor(nowUs: () => number, wallMs: (us: number) => number) {
    this.#nowUs = nowUs
    this.#wallMs = wallMs
  }

  of(product: string, symbol: string): MarketTruth {
    const key = `${product} ${symbol}`
    let market = this.#markets.get(key)
    if (market === undefined) {
      market = new MarketTruth()
      this.#markets.set(key, market)
    }
    return market
  }

  trade(
    trade: { product: string; symbol: string; id: string; price: string; amount: string; side: string },
    scheduledUs: number,
  ): void {
    const { product, symbol, id, price, amount, side } = trade
    this.tradeCount += 1
    const venueMs = this.#wallMs(scheduledUs)
    this.of(product, symbol).addTrade({ id, price: Number(price), amount: Number(amount), side, venueMs })
  }

  liquidation(event: {
    product: string
    symbol: string
    price: string
    amount: string
    orderSide: string
    venueTimeMs: number
  }): void {
    this.liquidationCount += 1
    const { product, symbol, price, amount, orderSide, venueTimeMs } = event
    const key = liquidationKey(venueTimeMs, Number(price), Number(amount), orderSide)
    this.of(product, symbol).liquidations.push({ key, venueMs: venueTimeMs })
  }

  book(product: string, symbol: string, sequence: number, digest: string): void {
    this.bookCount += 1
    this.of(product, symbol).addBook(sequence, digest, this.#nowUs())
  }
}

export function liquidationKey(venueMs: number, price: number, amount: number, orderSide: string): string {
  return `${venueMs} ${price} ${amount} ${orderSide}`
}
