// Converts sizes: they are contracts where the venue trades contracts, base currency elsewhere. The wire keeps the venue's
// unit, which existing clients expect, or has base currency; the multiplication is exact.

import assert from 'node:assert/strict'
import type { Decimal, Instrument, SizeUnits } from '@tradelane/shared/market/nouns'
import { isDecimal, isZeroDecimal, multiplyDecimals } from '@tradelane/shared/wire/decimal'
import type { Sizes } from './venue.js'

/** Base currency per contract, by instrument id; filled from the venue's instrument lists. */
export class ContractSizes implements Sizes {
  readonly #units: SizeUnits
  readonly #contractValues: (Decimal | undefined)[] = []

  constructor(units: SizeUnits) {
    this.#units = units
  }

  /** The value that it replaces, where it is another one; else null. */
  set(instrument: Instrument, contractValue: Decimal): Decimal | null {
    assert(isDecimal(contractValue) && !isZeroDecimal(contractValue), 'a contract has a value')
    const last = this.#contractValues[instrument.id] ?? contractValue
    this.#contractValues[instrument.id] = contractValue
    return last === contractValue ? null : last
  }

  /** What amounts of book levels are multiplied by; null where the wire keeps them. */
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
