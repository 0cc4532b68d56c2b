// The worst trades of the last minute by one measure, a bounded number of them: the few worst of each ten seconds, and of each
// fan-out only one, since the others are late for the same reason.

import assert from 'node:assert/strict'
import { LATE_PER_WINDOW, LATE_WINDOW_MS, LATE_WINDOWS } from '../limits.js'
import type { HopBreakdown, StampsUs } from './hop-breakdown.js'

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
  /** Made later, once every thread has recorded its activities. */
  breakdown: readonly HopBreakdown[] | undefined
}

export class LateTrades {
  #current: LateTrade[] = []
  #older: LateTrade[][] = []
  #rotatedMs = 0
  /** Only a trade later than this is added. */
  leastUs = 0

  add(trade: LateTrade): void {
    assert(trade.lateUs > this.leastUs, 'only a trade later than the least is kept')
    assert(!doDescend(trade.stampsUs), 'stamps of a trade never descend')
    const current = this.#current
    const twin = current.findIndex(({ stampsUs }) => stampsUs[4] === trade.stampsUs[4])
    if (twin >= 0) {
      if (trade.lateUs > current[twin]!.lateUs) current[twin] = trade
    } else if (current.length < LATE_PER_WINDOW) current.push(trade)
    else current[indexOfLeast(current)] = trade
    if (current.length === LATE_PER_WINDOW) this.leastUs = current[indexOfLeast(current)]!.lateUs
  }

  rotate(nowMs: number): void {
    assert(nowMs >= this.#rotatedMs, 'monotonic time never goes back')
    if (nowMs - this.#rotatedMs < LATE_WINDOW_MS) return
    this.#rotatedMs = nowMs
    this.#older = [this.#current, ...this.#older].slice(0, LATE_WINDOWS)
    this.#current = []
    this.leastUs = 0
  }

  /** A trade without a breakdown that was handed over before `beforeUs`. */
  withoutBreakdown(beforeUs: number): LateTrade | undefined {
    const isReady = (trade: LateTrade): boolean => trade.breakdown === undefined && trade.stampsUs[4] < beforeUs
    return this.#current.find(isReady) ?? this.#older[0]?.find(isReady)
  }

  /** The worst first. */
  worst(count: number): LateTrade[] {
    return [this.#current, ...this.#older]
      .flat()
      .sort((one, other) => other.lateUs - one.lateUs)
      .slice(0, count)
  }
}

function doDescend([first, second, third, fourth, fifth]: StampsUs): boolean {
  return first > second || second > third || third > fourth || fourth > fifth
}

function indexOfLeast(trades: readonly LateTrade[]): number {
  let least = 0
  for (let index = 1; index < trades.length; index += 1) {
    if (trades[index]!.lateUs < trades[least]!.lateUs) least = index
  }
  return least
}
