// The faults of a run: kinds, times and durations, drawn from the seed before it begins. Faults are spaced so that products
// recover between them.

import type { SeededRandom } from './seeded-random.js'

export const FAULT_KINDS = [
  'cut one connection',
  'cut all connections',
  'outage',
  'rotation notice',
  'quiet connection',
  'lost delta',
  'doubled delta',
  'lost trade',
  'doubled trade',
  'used-up budget',
  'ban',
  'slow REST',
  'failing REST',
  'hung shard',
  'restarted shard',
  'burst',
  'stopped client',
  'absent client',
] as const
/** They disturb nothing but the event itself, so they come beside the others. */
export const SPOIL_KINDS = ['spoiled trade', 'spoiled liquidation'] as const
/** Market data stops on a connection for good; it is acknowledged, pinged and answered. */
export const SILENCE_KINDS = ['silent trades', 'silent books'] as const
export type SilenceKind = (typeof SILENCE_KINDS)[number]
/** An instrument does not trade for a while, in the middle of the run or from its start; or it is not even listed. */
type ListingKind = 'halt' | 'delisting' | 'late listing'
export type FaultKind =
  | (typeof FAULT_KINDS)[number]
  | (typeof SPOIL_KINDS)[number]
  | ListingKind
  | SilenceKind
  | 'clock step'

export interface Fault {
  readonly kind: FaultKind
  readonly atUs: number
  /** Duration; 0 for a fault of one moment. */
  readonly us: number
  readonly product: string
}

const SECOND_US = 1_000_000
/** Average. */
const SPACING_US = 20 * SECOND_US
/** Range of durations. */
const SECONDS: Partial<Record<FaultKind, readonly [low: number, high: number]>> = {
  outage: [5, 90],
  'rotation notice': [10, 60],
  'quiet connection': [2, 180],
  'slow REST': [20, 60],
  'failing REST': [10, 60],
  'hung shard': [1, 6],
  'restarted shard': [0.1, 0.6],
  burst: [1, 1.6],
  'stopped client': [5, 150],
  'absent client': [5, 240],
  'late listing': [40, 100],
  // Lists are read every five minutes: some are not noticed, most are.
  halt: [60, 450],
  delisting: [360, 500],
  'clock step': [30, 600],
}
/** Average. */
const LISTING_SPACING_US = 600 * SECOND_US
const SILENCE_SPACING_US = 240 * SECOND_US
const CLOCK_STEP_SPACING_US = 300 * SECOND_US

interface Span {
  readonly fromUs: number
  readonly untilUs: number
}

/** The faults of which most disturb a product, one after the other. */
export function drawFaults(random: SeededRandom, products: readonly string[], span: Span): readonly Fault[] {
  const faults: Fault[] = []
  // Round by round: each kind once, in random order.
  let left: (typeof FAULT_KINDS)[number][] = []
  for (let atUs = span.fromUs; ; ) {
    atUs += random.between(SPACING_US / 4, (SPACING_US * 7) / 4)
    if (left.length === 0) left = [...FAULT_KINDS]
    const [kind] = left.splice(random.below(left.length), 1) as [(typeof FAULT_KINDS)[number]]
    const fault = drawn(random, products, kind, atUs)
    if (atUs + fault.us > span.untilUs) return faults
    faults.push(fault)
  }
}

export function drawSpoils(random: SeededRandom, products: readonly string[], span: Span): readonly Fault[] {
  const faults: Fault[] = []
  for (let atUs = span.fromUs; ; ) {
    atUs += random.between(SPACING_US, 3 * SPACING_US)
    if (atUs > span.untilUs) return faults
    faults.push(drawn(random, products, random.pick(SPOIL_KINDS), atUs))
  }
}

/** One listing that begins to trade; halts and delistings in turn. */
export function drawListings(
  random: SeededRandom,
  products: readonly string[],
  span: Span & { readonly startUs: number },
): readonly Fault[] {
  return [
    drawn(random, products, 'late listing', span.startUs),
    ...drawInTurn(random, products, ['halt', 'delisting'], LISTING_SPACING_US, span),
  ]
}

export function drawSilences(random: SeededRandom, products: readonly string[], span: Span): readonly Fault[] {
  return drawInTurn(random, products, SILENCE_KINDS, SILENCE_SPACING_US, span)
}

/** The system clock of this machine steps, and back after a while. */
export function drawClockSteps(random: SeededRandom, products: readonly string[], span: Span): readonly Fault[] {
  return drawInTurn(random, products, ['clock step'], CLOCK_STEP_SPACING_US, span)
}

function drawInTurn(
  random: SeededRandom,
  products: readonly string[],
  kinds: readonly FaultKind[],
  spacingUs: number,
  span: Span,
): Fault[] {
  const faults: Fault[] = []
  for (let atUs = span.fromUs, turn = 0; ; turn += 1) {
    atUs += random.between(spacingUs / 2, (spacingUs * 3) / 2)
    const fault = drawn(random, products, kinds[turn % kinds.length] as FaultKind, atUs)
    if (atUs + fault.us > span.untilUs) return faults
    faults.push(fault)
  }
}

function drawn(random: SeededRandom, products: readonly string[], kind: FaultKind, atUs: number): Fault {
  const [low, high] = SECONDS[kind] ?? [0, 0]
  return { kind, atUs, us: random.between(low * SECOND_US, high * SECOND_US), product: random.pick(products) }
}
