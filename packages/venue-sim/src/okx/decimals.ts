// Prices and amounts as OKX writes them: no zeros at the end of a fraction, and levels of four texts (price, size, "0",
// number of orders). The exact product is for books in base currency.
import type { TextLevel } from '../market/digest.js'
import type { InstrumentSpec } from '../market/instrument-spec.js'
import { Ladder } from '../market/ladder.js'

export class OkxLadder extends Ladder {
  override readonly levelTails: readonly string[] = levelTailsOf(this.amountTexts)

  constructor(spec: InstrumentSpec) {
    super(spec, '0', withoutTrailingZeros)
  }
}

/** By the amounts, which ladders share. */
const KNOWN_TAILS = new WeakMap<readonly string[], readonly string[]>()

function levelTailsOf(amountTexts: readonly string[]): readonly string[] {
  const tails = KNOWN_TAILS.get(amountTexts) ?? amountTexts.map(levelTail)
  KNOWN_TAILS.set(amountTexts, tails)
  return tails
}

/** A list of levels in the venue's form, without the brackets around it. */
export function levelList(levels: readonly TextLevel[]): string {
  return levels.map(([price, amount]) => `["${price}","${levelTail(amount)}`).join(',')
}

function levelTail(amount: string): string {
  return `${amount}","0","${orderCount(amount)}"]`
}

/** Any number is possible, but it must be the same in a snapshot as in the update before it. */
function orderCount(amount: string): number {
  return amount === '0' ? 0 : 1 + ((amount.charCodeAt(amount.length - 1) * 7 + amount.length) % 23)
}

export function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** Exact, without trailing zeros after the point. A factor of `1` keeps the other text unchanged. */
export function exactProduct(left: string, right: string): string {
  if (right === '1') return left
  if (left === '1') return right
  const [leftWhole = '', leftFraction = ''] = left.split('.')
  const [rightWhole = '', rightFraction = ''] = right.split('.')
  const digits = String(BigInt(leftWhole + leftFraction) * BigInt(rightWhole + rightFraction))
  const fractionDigits = leftFraction.length + rightFraction.length
  if (fractionDigits === 0) return digits
  const padded = digits.padStart(fractionDigits + 1, '0')
  return withoutTrailingZeros(`${padded.slice(0, -fractionDigits)}.${padded.slice(-fractionDigits)}`)
}
