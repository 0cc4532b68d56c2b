// Ratios travel between machines better than milliseconds, because the machine's speed is on both sides. Each is taken within a
// round, from runs next to each other in time, and reported as the median of the rounds. The limits are gates, so wide that a
// sound product stays within them even where two busy processors disturb the tail of a few hundred trades. `goals.ts` has the goals.

import { SINGLE_LOOP, TRADELANE } from '../variants/variant-names.js'
import type { RunFigures, RunRecord } from './run-record.js'
import { type Spread, spreadOfAll } from './statistics.js'
import { figuresByRound } from './summary.js'

export interface RatioSpec {
  /** Also its key in `baseline.json`. */
  readonly name: string
  readonly over: Operand
  readonly under: Operand
  /** The median must not be above it. */
  readonly limit: number
}

export interface Operand {
  readonly scenario: string
  readonly variant: string
  readonly measure: Measure
}

export type Measure = 'p50' | 'p99' | 'p999' | 'cpuPerTrade'

export interface Ratio {
  readonly spec: RatioSpec
  /** Null where a round has no figure on one of the sides. */
  readonly value: Spread | null
}

export function ours(scenario: string, measure: Measure): Operand {
  return { scenario, variant: TRADELANE, measure }
}

function theirs(scenario: string, measure: Measure): Operand {
  return { scenario, variant: SINGLE_LOOP, measure }
}

export const ISOLATION_RATIO: RatioSpec = {
  name: 'isolation factor: burst p99 ÷ normal p99',
  over: ours('burst', 'p99'),
  under: ours('normal', 'p99'),
  limit: 2,
}

export const TAIL_RATIO: RatioSpec = {
  name: 'burst p99 ÷ single loop p99.9',
  over: ours('burst', 'p99'),
  under: theirs('burst', 'p999'),
  limit: 1.5,
}

export const CPU_RATIO: RatioSpec = {
  name: 'CPU per trade, 100 clients ÷ single loop',
  over: ours('fanout-100', 'cpuPerTrade'),
  under: theirs('fanout-100', 'cpuPerTrade'),
  limit: 1,
}

export const RATIOS: readonly RatioSpec[] = [
  ISOLATION_RATIO,
  { name: 'burst p99 ÷ single loop p99', over: ours('burst', 'p99'), under: theirs('burst', 'p99'), limit: 2 },
  TAIL_RATIO,
  { name: 'normal p99 ÷ single loop p99', over: ours('normal', 'p99'), under: theirs('normal', 'p99'), limit: 2 },
  { name: 'normal p50 ÷ single loop p50', over: ours('normal', 'p50'), under: theirs('normal', 'p50'), limit: 1.5 },
  { name: 'storm p99 ÷ single loop p99', over: ours('storm', 'p99'), under: theirs('storm', 'p99'), limit: 2 },
  {
    name: 'p99 with 100 clients ÷ single loop',
    over: ours('fanout-100', 'p99'),
    under: theirs('fanout-100', 'p99'),
    limit: 0.75,
  },
  CPU_RATIO,
]

/** Only the ratios whose scenarios were planned. */
export function ratiosOf(records: readonly RunRecord[], specs: readonly RatioSpec[]): Ratio[] {
  return specs
    .map(spec => ({ spec, value: ratioOf(records, spec) }))
    .filter((ratio): ratio is Ratio => ratio.value !== undefined)
}

/** Undefined where no round has both sides. */
function ratioOf(records: readonly RunRecord[], { over, under }: RatioSpec): Spread | null | undefined {
  const rounds = roundsOf(records, over).filter(round => roundsOf(records, under).includes(round))
  if (rounds.length === 0) return undefined
  const overs = figuresByRound(records, over.scenario, over.variant)
  const unders = figuresByRound(records, under.scenario, under.variant)
  const quotients = rounds.map(round => {
    const above = read(overs.get(round), over.measure)
    const below = read(unders.get(round), under.measure)
    return above !== null && below !== null && below > 0 ? above / below : null
  })
  return spreadOfAll(quotients)
}

function roundsOf(records: readonly RunRecord[], { scenario, variant }: Operand): number[] {
  const rounds = records.filter(record => record.scenario === scenario && record.variant === variant)
  return [...new Set(rounds.map(({ round }) => round))]
}

function read(figures: RunFigures | undefined, measure: Measure): number | null {
  if (figures === undefined) return null
  switch (measure) {
    case 'p50':
      return figures.scheduled.p50Us
    case 'p99':
      return figures.scheduled.p99Us
    case 'p999':
      return figures.scheduled.p999Us
    case 'cpuPerTrade':
      return figures.usage.serverCpuUsPerTrade
  }
}
