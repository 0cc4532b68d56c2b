// What was measured of an attack, or of all attacks together.

import type { Tallies } from './attack-process.js'
import type { WindowFigures } from './honest-process.js'
import type { ProductCounters } from './product-counters.js'

export interface AttackRecord {
  /** Of the attack, or `together`. */
  readonly name: string
  /** In order, void ones too. */
  readonly pairs: readonly Pair[]
  /** Resident bytes of the product: before, and the most during it. */
  readonly memory: { readonly startBytes: number; readonly peakBytes: number }
  /** Of the attacks on the product. Null where not measured. */
  readonly longestBlockUs: number | null
  /** What the product counted during them. */
  readonly counted: ProductCounters
  readonly tallies: Tallies
  /** How the product ended; null where it did not. */
  readonly ended: string | null
}

/** Honest clients of the product beside the same attackers: on the product, and on a plain listener. */
export interface Pair {
  readonly product: WindowFigures
  readonly plain: WindowFigures
}
