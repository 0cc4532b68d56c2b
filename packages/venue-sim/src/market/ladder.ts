// The prices and amounts of one instrument as text, made once: a slot is a price of the ladder, a lot count is an amount. The
// price part of each level's hash is kept as well, so that neither a frame nor a digest formats a number.
import assert from 'node:assert/strict'
import { fnv1a, SEED_FIRST, SEED_SECOND } from './digest.js'
import { decimalText, type InstrumentSpec, priceText } from './instrument-spec.js'

export const SLOT_COUNT = 4_096
export const CENTRE_SLOT = SLOT_COUNT / 2
export const LOTS_MAX = 8_191

type Styled = (text: string) => string

interface Prices {
  readonly texts: readonly string[]
  readonly heads: readonly string[]
  readonly bidHashFirst: Int32Array
  readonly bidHashSecond: Int32Array
  readonly askHashFirst: Int32Array
  readonly askHashSecond: Int32Array
}

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
  readonly bidHashFirst: Int32Array
  readonly bidHashSecond: Int32Array
  readonly askHashFirst: Int32Array
  readonly askHashSecond: Int32Array

  /** `zeroText` is the amount of a removed level; `styled` writes a decimal that has all its places as the venue does. */
  constructor(spec: InstrumentSpec, zeroText: string, styled: Styled = unstyled) {
    if (spec.startTicks <= CENTRE_SLOT) {
      throw new RangeError(
        `invalid start price of ${spec.symbol}: ${spec.startTicks} ticks; expected more than ${CENTRE_SLOT}`,
      )
    }
    assert(spec.tickStep > 0, 'prices increase with their slots')
    this.spec = spec
    const prices = pricesOf(spec, styled)
    this.priceTexts = prices.texts
    this.levelHeads = prices.heads
    this.bidHashFirst = prices.bidHashFirst
    this.bidHashSecond = prices.bidHashSecond
    this.askHashFirst = prices.askHashFirst
    this.askHashSecond = prices.askHashSecond
    const { texts, tails } = amountsOf(spec.amountDecimals, zeroText, styled)
    this.amountTexts = texts
    this.levelTails = tails
  }
}

type Known<Texts> = Map<Styled, Map<string, Texts>>

/** Instruments that write the same prices share them, and those that write the same amounts. */
const KNOWN_PRICES: Known<Prices> = new Map()
const KNOWN_AMOUNTS: Known<Amounts> = new Map()

function pricesOf(spec: InstrumentSpec, styled: Styled): Prices {
  const { startTicks, tickStep, priceDecimals } = spec
  return knownOf(KNOWN_PRICES, styled, `${startTicks} ${tickStep} ${priceDecimals}`, () => {
    const lowestTicks = startTicks - CENTRE_SLOT
    const texts = Array.from({ length: SLOT_COUNT }, (_, slot) => styled(priceText(spec, lowestTicks + slot)))
    return {
      texts,
      heads: texts.map(text => `["${text}","`),
      bidHashFirst: hashesOf(SEED_FIRST, 'b|', texts),
      bidHashSecond: hashesOf(SEED_SECOND, 'b|', texts),
      askHashFirst: hashesOf(SEED_FIRST, 'a|', texts),
      askHashSecond: hashesOf(SEED_SECOND, 'a|', texts),
    }
  })
}

/** Of `<side>|price|`, without making these texts. */
function hashesOf(seed: number, side: string, prices: readonly string[]): Int32Array {
  const ofSide = fnv1a(seed, side)
  const hashes = new Int32Array(SLOT_COUNT)
  for (const [slot, price] of prices.entries()) hashes[slot] = fnv1a(fnv1a(ofSide, price), '|')
  return hashes
}

function amountsOf(decimals: number, zeroText: string, styled: Styled): Amounts {
  return knownOf(KNOWN_AMOUNTS, styled, `${decimals} ${zeroText}`, () => {
    const texts = Array.from({ length: LOTS_MAX + 1 }, (_, lots) =>
      lots === 0 ? zeroText : styled(decimalText(lots, decimals)),
    )
    return { texts, tails: texts.map(text => `${text}"]`) }
  })
}

function knownOf<Texts>(known: Known<Texts>, styled: Styled, name: string, make: () => Texts): Texts {
  const ofStyle = known.get(styled) ?? new Map<string, Texts>()
  known.set(styled, ofStyle)
  const texts = ofStyle.get(name) ?? make()
  ofStyle.set(name, texts)
  return texts
}

function unstyled(text: string): string {
  return text
}
