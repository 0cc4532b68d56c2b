// What a venue's size means: contracts where the venue trades contracts, base currency elsewhere. The wire keeps the venue's
// unit, which existing terminals expect, or gets base currency; either by exact decimal multiplication.

import type { Decimal, Instrument, SizeUnits } from '@tradelane/shared/market/nouns'
import { multiplyDecimals } from '@tradelane/shared/wire/decimal'
import type { Sizes } from './venue.js'

/** Base currency per contract, by instrument id; filled as the venue's lists come. */
export class ContractSizes implements Sizes {
  readonly #units: SizeUnits
  readonly #contractValues: (Decimal | undefined)[] = []

  constructor(units: SizeUnits) {
    this.#units = units
  }

  set(instrument: Instrument, contractValue: Decimal): void {
    this.#contractValues[instrument.id] = contractValue
  }

  /** What the text of book levels must be multiplied by; null where it goes out as it came. */
  levelFactor(instrument: Instrument): Decimal | null {
    return this.#units === 'venue' ? null : (this.#contractValues[instrument.id] ?? null)
  }

  onWire(instrument: Instrument, size: Decimal): Decimal {
    return this.#units === 'venue' ? size : this.inBase(instrument, size)
  }

  inBase(instrument: Instrument, size: Decimal): Decimal {
    const contractValue = this.#contractValues[instrument.id]
    return contractValue === undefined ? size : multiplyDecimals(size, contractValue)
  }
}
