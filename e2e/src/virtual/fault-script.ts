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
/** An instrument does not trade for a while, in the middle of the run or from its start. */
type ListingKind = 'halt' | 'late listing'
/** Not drawn: a test states the time. Market data stops on a connection for good; it is acknowledged, pinged and answered. */
export type SilenceKind = 'silent trades' | 'silent books'
export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof SPOIL_KINDS)[number] | ListingKind | SilenceKind

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
}

export function drawFaults(
  random: SeededRandom,
  products: readonly string[],
  span: { readonly fromUs: number; readonly untilUs: number },
): readonly Fault[] {
  const faults: Fault[] = []
  // Round by round: each kind once, in random order.
  let left: (typeof FAULT_KINDS)[number][] = []
  for (let atUs = span.fromUs; ; ) {
    atUs += random.between(SPACING_US / 4, (SPACING_US * 7) / 4)
    if (left.length === 0) left = [...FAULT_KINDS]
    const [kind] = left.splice(random.below(left.length), 1) as [(typeof FAULT_KINDS)[number]]
    const [low, high] = SECONDS[kind] ?? [0, 0]
    const us = random.between(low * SECOND_US, high * SECOND_US)
    const product = random.pick(products)
    if (atUs + us > span.untilUs) return faults
    faults.push({ kind, atUs, us, product })
  }
}

export function drawSpoils(
  random: SeededRandom,
  products: readonly string[],
  span: { readonly fromUs: number; readonly untilUs: number },
): readonly Fault[] {
  const faults: Fault[] = []
  for (let atUs = span.fromUs; ; ) {
    atUs += random.between(SPACING_US, 3 * SPACING_US)
    if (atUs > span.untilUs) return faults
    faults.push({ kind: random.pick(SPOIL_KINDS), atUs, us: 0, product: random.pick(products) })
  }
}

/** One listing that begins to trade, and halts from time to time. */
export function drawListings(
  random: SeededRandom,
  products: readonly string[],
  span: { readonly startUs: number; readonly fromUs: number; readonly untilUs: number },
): readonly Fault[] {
  const drawn = (kind: ListingKind, atUs: number): Fault => {
    const [low, high] = SECONDS[kind] ?? [0, 0]
    return { kind, atUs, us: random.between(low * SECOND_US, high * SECOND_US), product: random.pick(products) }
  }
  const faults = [drawn('late listing', span.startUs)]
  for (let atUs = span.fromUs; ; ) {
    atUs += random.between(HALT_SPACING_US / 2, (HALT_SPACING_US * 3) / 2)
    const halt = drawn('halt', atUs)
    if (atUs + halt.us > span.untilUs) return faults
    faults.push(halt)
  }
}

const HALT_SPACING_US = 600 * SECOND_US
