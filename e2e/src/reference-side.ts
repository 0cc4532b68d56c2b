// One side of a book as a reader of the venues' manuals would keep it: a sorted list, sharing no code with the product. Used by
// end-to-end tests only.

import type { TextLevel } from '@tradelane/probe/book-digest'

/** As venues write it. */
export type Level = readonly [price: string, amount: string, ...rest: string[]]

const SHOWN_LEVELS = 50

interface KeptLevel extends TextLevel {
  readonly value: number
}

/** Levels in order, the best last: most changes are near it, and move few of the others. */
export class Side {
  readonly #direction: 1 | -1
  readonly #levels: KeptLevel[] = []

  /** 1: the lowest price is the best. */
  constructor(direction: 1 | -1) {
    this.#direction = direction
  }

  change(levels: readonly Level[]): void {
    for (const [price, amount] of levels) {
      const value = Number(price)
      const index = this.#indexOf(value)
      const isKnown = this.#levels[index]?.value === value
      const isDeleted = Number(amount) === 0
      if (isDeleted && !isKnown) continue
      this.#levels.splice(index, isKnown ? 1 : 0, ...(isDeleted ? [] : [{ price, amount, value }]))
    }
  }

  clear(): void {
    this.#levels.length = 0
  }

  /** Of the levels that are shown, the best first. */
  best(): readonly TextLevel[] {
    return this.#levels.slice(-SHOWN_LEVELS).reverse()
  }

  /** Of this price, or where it belongs. */
  #indexOf(price: number): number {
    let [low, high] = [0, this.#levels.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (((this.#levels[middle]?.value ?? 0) - price) * this.#direction > 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
