// Prices and amounts as OKX writes them: no trailing zeros, and levels of four texts (price, size, "0", number of orders).
import type { TextLevel } from '../digest.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import { Ladder } from '../market/ladder.js'
import { withoutTrailingZeros } from './exact-decimals.js'

export class OkxLadder extends Ladder {
  override readonly levelTails: readonly string[] = this.amountTexts.map(levelTail)

  constructor(spec: InstrumentSpec) {
    super(spec, '0', withoutTrailingZeros)
  }
}

/** A list of levels in the venue's form, without the brackets around it. */
export function levelList(levels: readonly TextLevel[]): string {
  return levels.map(([price, amount]) => `["${price}","${levelTail(amount)}`).join(',')
}

function levelTail(amount: string): string {
  return `${amount}","0","${orderCount(amount)}"]`
}

/** Any number does, but the same one in a snapshot as in the update that told the level. */
function orderCount(amount: string): number {
  return amount === '0' ? 0 : 1 + ((amount.charCodeAt(amount.length - 1) * 7 + amount.length) % 23)
}
