// The worst trades of the last minute by one measure, a bounded number of them: the few worst of each ten seconds, one of
// each fan-out, since its others have the same story.

import { LATE_PER_WINDOW, LATE_WINDOW_MS, LATE_WINDOWS } from '../limits.js'
import type { HopBreakdown } from './hop-breakdown.js'

export interface LateTrade {
  readonly sequence: number
  readonly instrument: number
  readonly product: number
  /** Wall clock. */
  readonly venueUs: number
  readonly receivedUs: number
  /** In hrtime: due at the socket, read from it, logged, picked up, handed to the last client's socket. Never descending. */
  readonly stampsUs: readonly [number, number, number, number, number]
  /** That were served with it. */
  readonly clientCount: number
  /** What it is ranked by. */
  readonly lateUs: number
  /** Where the time went; made a little later, from what the threads noted. */
  account: readonly HopBreakdown[] | undefined
}

export class LateTrades {
  #current: LateTrade[] = []
  #older: LateTrade[][] = []
  #rotatedMs = 0
  /** Only a trade later than this is worth an `add`. */
  leastUs = 0

  add(trade: LateTrade): void {
    const current = this.#current
    const twin = current.findIndex(({ stampsUs }) => stampsUs[4] === trade.stampsUs[4])
    if (twin >= 0) {
      if (trade.lateUs > current[twin]!.lateUs) current[twin] = trade
    } else if (current.length < LATE_PER_WINDOW) current.push(trade)
    else current[indexOfLeast(current)] = trade
    if (current.length === LATE_PER_WINDOW) this.leastUs = current[indexOfLeast(current)]!.lateUs
  }

  rotate(nowMs: number): void {
    if (nowMs - this.#rotatedMs < LATE_WINDOW_MS) return
    this.#rotatedMs = nowMs
    this.#older = [this.#current, ...this.#older].slice(0, LATE_WINDOWS)
    this.#current = []
    this.leastUs = 0
  }

  /** One without an account that was handed over before `beforeUs`. */
  unaccounted(beforeUs: number): LateTrade | undefined {
    const isDue = (trade: LateTrade): boolean => trade.account === undefined && trade.stampsUs[4] < beforeUs
    return this.#current.find(isDue) ?? this.#older[0]?.find(isDue)
  }

  /** The worst first. */
  worst(count: number): LateTrade[] {
    return [this.#current, ...this.#older]
      .flat()
      .sort((one, other) => other.lateUs - one.lateUs)
      .slice(0, count)
  }
}

function indexOfLeast(trades: readonly LateTrade[]): number {
  let least = 0
  for (let index = 1; index < trades.length; index += 1) {
    if (trades[index]!.lateUs < trades[least]!.lateUs) least = index
  }
  return least
}
