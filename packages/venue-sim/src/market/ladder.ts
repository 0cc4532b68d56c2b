// The prices and amounts of one instrument as text, made once: a slot is a price of the ladder, a lot count is an amount. The
// price part of each level's hash is kept as well, so that neither a frame nor a digest formats a number.
import assert from 'node:assert/strict'
import { fnv1a, SEED_FIRST, SEED_SECOND } from './digest.js'
import { decimalText, type InstrumentSpec, priceText } from './instrument-spec.js'

export const SLOT_COUNT = 4_096
export const CENTRE_SLOT = SLOT_COUNT / 2
export const LOTS_MAX = 8_191

type Styled = (text: string) => string

interface Amounts {
  readonly texts: readonly string[]
  readonly tails: readonly string[]
}

export class Ladder {
  readonly spec: InstrumentSpec
  readonly priceTexts: readonly string[]
  readonly amountTexts: readonly string[]
  /** The beginning of a level, `["86723.40","`; a tail completes it: `0.194"]`. */
  readonly levelHeads: readonly string[]
  readonly levelTails: readonly string[]
  readonly bidHashFirst = new Int32Array(SLOT_COUNT)
  readonly bidHashSecond = new Int32Array(SLOT_COUNT)
  readonly askHashFirst = new Int32Array(SLOT_COUNT)
  readonly askHashSecond = new Int32Array(SLOT_COUNT)

  /** `zeroText` is the amount of a removed level; `styled` writes a decimal that has all its places as the venue does. */
  constructor(spec: InstrumentSpec, zeroText: string, styled: Styled = unstyled) {
    const lowestTicks = spec.startTicks - CENTRE_SLOT
    if (lowestTicks <= 0) {
      throw new RangeError(
        `invalid start price of ${spec.symbol}: ${spec.startTicks} ticks; expected more than ${CENTRE_SLOT}`,
      )
    }
    assert(spec.tickStep > 0, 'prices increase with their slots')
    this.spec = spec
    this.priceTexts = Array.from({ length: SLOT_COUNT }, (_, slot) => styled(priceText(spec, lowestTicks + slot)))
    this.levelHeads = this.priceTexts.map(text => `["${text}","`)
    const { texts, tails } = amountsOf(spec.amountDecimals, zeroText, styled)
    this.amountTexts = texts
    this.levelTails = tails
    for (const [slot, text] of this.priceTexts.entries()) {
      this.bidHashFirst[slot] = fnv1a(SEED_FIRST, `b|${text}|`)
      this.bidHashSecond[slot] = fnv1a(SEED_SECOND, `b|${text}|`)
      this.askHashFirst[slot] = fnv1a(SEED_FIRST, `a|${text}|`)
      this.askHashSecond[slot] = fnv1a(SEED_SECOND, `a|${text}|`)
    }
  }
}

/** By style, then by decimals and zero: instruments that write the same amounts share them. */
const KNOWN_AMOUNTS = new Map<Styled, Map<string, Amounts>>()

function amountsOf(decimals: number, zeroText: string, styled: Styled): Amounts {
  const ofStyle = KNOWN_AMOUNTS.get(styled) ?? new Map<string, Amounts>()
  KNOWN_AMOUNTS.set(styled, ofStyle)
  const name = `${decimals} ${zeroText}`
  const known = ofStyle.get(name)
  if (known !== undefined) return known
  const texts = Array.from({ length: LOTS_MAX + 1 }, (_, lots) =>
    lots === 0 ? zeroText : styled(decimalText(lots, decimals)),
  )
  const amounts = { texts, tails: texts.map(text => `${text}"]`) }
  ofStyle.set(name, amounts)
  return amounts
}

function unstyled(text: string): string {
  return text
}
