// A book as a reader of the venue would keep it: price text to amount text, sorted when asked.

import { compareDecimals, isZeroDecimal } from '@tradelane/shared/wire/decimal'
import type { DepthFrame } from '../venue.js'

export class TextBook {
  readonly #bids = new Map<string, string>()
  readonly #asks = new Map<string, string>()

  replace(snapshot: DepthFrame): void {
    this.#bids.clear()
    this.#asks.clear()
    this.apply(snapshot)
  }

  apply(delta: DepthFrame): void {
    merge(this.#bids, delta.bids)
    merge(this.#asks, delta.asks)
  }

  /** `[bid price, bid amount, ask price, ask amount]`; undefined where a side is empty. */
  top(): readonly (string | undefined)[] {
    const bid = best(this.#bids, 1)
    const ask = best(this.#asks, -1)
    return [bid, bid && this.#bids.get(bid), ask, ask && this.#asks.get(ask)]
  }

  get levelCounts(): readonly [number, number] {
    return [this.#bids.size, this.#asks.size]
  }
}

function merge(side: Map<string, string>, levels: readonly string[]): void {
  for (let index = 0; index < levels.length; index += 2) {
    const price = levels[index] as string
    const amount = levels[index + 1] as string
    if (isZeroDecimal(amount)) side.delete(price)
    else side.set(price, amount)
  }
}

function best(side: ReadonlyMap<string, string>, direction: 1 | -1): string | undefined {
  let found: string | undefined
  for (const price of side.keys()) {
    if (found === undefined || compareDecimals(price, found) * direction > 0) found = price
  }
  return found
}
