// A book as a reader of the venue would keep it: each side a list of texts in the order of their prices.

import { isZeroDecimal } from '@tradelane/shared/wire/decimal'
import type { DepthFrame } from '../depth-protocol.js'

type Level = readonly [price: string, amount: string]

export class TextBook {
  readonly #bids: Level[] = []
  readonly #asks: Level[] = []

  replace(snapshot: DepthFrame): void {
    this.#bids.length = 0
    this.#asks.length = 0
    this.apply(snapshot)
  }

  apply(delta: DepthFrame): void {
    merge(this.#bids, delta.bids, -1)
    merge(this.#asks, delta.asks, 1)
  }

  /** `bid price,bid amount,ask price,ask amount`; nothing between the commas where a side is empty. */
  top(): string {
    const [bid, ask] = [this.#bids[0], this.#asks[0]]
    return [bid?.[0], bid?.[1], ask?.[0], ask?.[1]].join()
  }

  /** The best levels of both sides in turn, the shorter side skipped: what OKX computed its checksums of. */
  checksumText(levelCount: number): string {
    const parts: string[] = []
    for (let rank = 0; rank < levelCount; rank += 1) {
      parts.push(...(this.#bids[rank] ?? []), ...(this.#asks[rank] ?? []))
    }
    return parts.join(':')
  }

  get levelCounts(): readonly [number, number] {
    return [this.#bids.length, this.#asks.length]
  }
}

function merge(side: Level[], levels: readonly string[], direction: 1 | -1): void {
  for (let at = 0; at < levels.length; at += 2) {
    const level = [levels[at] ?? '', levels[at + 1] ?? ''] as const
    const index = indexOf(side, Number(level[0]), direction)
    const isKnown = Number(side[index]?.[0]) === Number(level[0])
    const isDeleted = isZeroDecimal(level[1])
    if (!isDeleted || isKnown) side.splice(index, isKnown ? 1 : 0, ...(isDeleted ? [] : [level]))
  }
}

/** The index of this price, or where to insert it. */
function indexOf(side: readonly Level[], price: number, direction: 1 | -1): number {
  let [low, high] = [0, side.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((Number(side[middle]?.[0]) - price) * direction < 0) low = middle + 1
    else high = middle
  }
  return low
}
