// The instruments of simulated venues, of which there are as many as asked for, as the setting INSTRUMENTS names them.

import { manyPairs } from '@tradelane/venue-sim/market/many-instruments'
import { PRODUCT_IDS } from './instrument-choice.js'

/** Of at least `count` instruments, the same pairs on every product. */
export function simulatedNames(count: number): string {
  return manyPairs(count, PRODUCT_IDS.length)
    .map(({ base, quote }) => `${base}-${quote}`)
    .join(',')
}
