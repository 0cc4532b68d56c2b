// Late trades as a gateway notes them, and as the numbers that it posts to the admin thread. A window has the worst by one
// measure, a bounded number of them; of each fan-out only one, since the others are late for the same reason. A gateway has the
// current window, the admin thread a minute of them.

import assert from 'node:assert/strict'

/** Late trades are kept for a minute: in each window this many of the worst. */
export const LATE_PER_WINDOW = 8
export const LATE_WINDOW_MS = 10_000

/**
 * Monotonic times of one trade: expected at the venue's socket, read from it, logged, picked up, handed to the last client's
 * socket. Never descending.
 */
export type StampsUs = readonly [
  expectedUs: number,
  readUs: number,
  loggedUs: number,
  pickedUpUs: number,
  handedOverUs: number,
]

export interface LateTrade {
  readonly sequence: number
  readonly instrument: number
  readonly product: number
  /** Wall clock. */
  readonly venueUs: number
  readonly receivedUs: number
  readonly stampsUs: StampsUs
  /** Clients that its fan-out served. */
  readonly clientCount: number
  /** What it is ranked by. */
  readonly lateUs: number
}

const NUMBERS_PER_TRADE = 12

/** To be posted: much cheaper for the thread that posts than objects. */
export function lateTradeNumbers(trades: readonly LateTrade[]): readonly number[] {
  const numbers: number[] = []
  for (const { sequence, instrument, product, venueUs, receivedUs, stampsUs, clientCount, lateUs } of trades) {
    numbers.push(sequence, instrument, product, venueUs, receivedUs, clientCount, lateUs, ...stampsUs)
  }
  assert(numbers.length === trades.length * NUMBERS_PER_TRADE, 'a late trade has twelve numbers')
  return numbers
}

export function lateTradesOf(numbers: readonly number[]): readonly LateTrade[] {
  assert(numbers.length % NUMBERS_PER_TRADE === 0, 'a late trade has twelve numbers')
  const trades: LateTrade[] = []
  for (let offset = 0; offset < numbers.length; offset += NUMBERS_PER_TRADE) {
    const [sequence, instrument, product, venueUs, receivedUs, clientCount, lateUs, ...stamps] = numbers.slice(
      offset,
      offset + NUMBERS_PER_TRADE,
    ) as [number, number, number, number, number, number, number, ...StampsUs]
    trades.push({ sequence, instrument, product, venueUs, receivedUs, stampsUs: stamps, clientCount, lateUs })
  }
  return trades
}

export class LateWindow<Trade extends LateTrade> {
  readonly #trades: Trade[] = []
  /** Only a trade later than this is added. */
  leastUs = Number.NaN

  constructor() {
    // It was a double before: see `DOUBLE` in `thread/clock.ts`.
    this.leastUs = 0
  }

  /** In no order. */
  get trades(): readonly Trade[] {
    return this.#trades
  }

  /** Returns the trade whose place it took, or null. Of two trades of one fan-out the less late one has no place. */
  add(trade: Trade): Trade | null {
    assert(trade.lateUs > this.leastUs, 'only a trade later than the least is kept')
    assert(!doDescend(trade.stampsUs), 'stamps of a trade never descend')
    const index = this.#placeFor(trade)
    const replaced = this.#trades[index] ?? null
    if (replaced !== null && replaced.lateUs >= trade.lateUs) return trade
    this.#trades[index] = trade
    assert(this.#trades.length <= LATE_PER_WINDOW, 'a window keeps the few worst')
    if (this.#trades.length === LATE_PER_WINDOW) this.leastUs = this.#trades[this.#indexOfLeast()]!.lateUs
    return replaced
  }

  #placeFor({ stampsUs }: LateTrade): number {
    const twin = this.#trades.findIndex(other => other.stampsUs[4] === stampsUs[4])
    if (twin >= 0) return twin
    return this.#trades.length < LATE_PER_WINDOW ? this.#trades.length : this.#indexOfLeast()
  }

  #indexOfLeast(): number {
    let least = 0
    for (let index = 1; index < this.#trades.length; index += 1) {
      if (this.#trades[index]!.lateUs < this.#trades[least]!.lateUs) least = index
    }
    return least
  }
}

function doDescend([first, second, third, fourth, fifth]: StampsUs): boolean {
  return first > second || second > third || third > fourth || fourth > fifth
}
