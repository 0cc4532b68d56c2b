// What the amounts of one book are multiplied by when they are published: base currency per contract, exactly, where the venue
// trades contracts and clients want base currency; nothing elsewhere. Ingest sends it in the `linkUp` record of each connection.

import assert from 'node:assert/strict'
import type { Decimal } from '@tradelane/shared/market/nouns'
import { isZeroDecimal, multiplyDecimals } from '@tradelane/shared/wire/decimal'

export class AmountFactor {
  readonly #isNeeded: boolean
  #factor: Decimal | null = null

  /** `isNeeded`: amounts without a factor would be wrong. */
  constructor(isNeeded: boolean) {
    this.#isNeeded = isNeeded
  }

  /** The book must not be shown: its amounts would be in contracts. */
  get isMissing(): boolean {
    return this.#isNeeded && this.#factor === null
  }

  isSame(factor: Decimal | null): boolean {
    return factor === this.#factor
  }

  /** Null where amounts are published as they came. */
  take(factor: Decimal | null): void {
    assert(factor === null || !isZeroDecimal(factor), 'a factor of zero is decoded as none')
    this.#factor = factor
  }

  /** Multiplies the amounts of flat text pairs (price, amount, …) in place. */
  scale(levels: string[]): void {
    assert(!this.isMissing, 'amounts are never shown without the factor that they need')
    const factor = this.#factor
    if (factor === null) return
    for (let at = 1; at < levels.length; at += 2) levels[at] = multiplyDecimals(levels[at] as Decimal, factor)
  }
}
