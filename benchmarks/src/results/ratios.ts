// The ratios that are worth more than milliseconds, for a machine's speed is on both sides of them. Each is taken round by
// round, from runs that stood next to each other, and told as the median of the rounds.

import { SINGLE_LOOP, TRADELANE } from '../variants/variant-names.js'
import type { RunFigures, RunRecord } from './run-record.js'
import { type Spread, spreadOf } from './statistics.js'
import { figuresByRound } from './summary.js'

export interface RatioSpec {
  /** Also its key in `baseline.json`. */
  readonly name: string
  readonly over: Operand
  readonly under: Operand
  /** The gate: the median must not be above. */
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

const ours = (scenario: string, measure: Measure): Operand => ({ scenario, variant: TRADELANE, measure })
const theirs = (scenario: string, measure: Measure): Operand => ({ scenario, variant: SINGLE_LOOP, measure })

export const RATIOS: readonly RatioSpec[] = [
  {
    name: 'isolation factor: burst p99 ÷ normal p99',
    over: ours('burst', 'p99'),
    under: ours('normal', 'p99'),
    limit: 2,
  },
  { name: 'burst p99 ÷ single loop p99', over: ours('burst', 'p99'), under: theirs('burst', 'p99'), limit: 0.5 },
  { name: 'burst p99 ÷ single loop p99.9', over: ours('burst', 'p99'), under: theirs('burst', 'p999'), limit: 0.25 },
  { name: 'normal p99 ÷ single loop p99', over: ours('normal', 'p99'), under: theirs('normal', 'p99'), limit: 1.25 },
  { name: 'normal p50 ÷ single loop p50', over: ours('normal', 'p50'), under: theirs('normal', 'p50'), limit: 1.5 },
  { name: 'storm p99 ÷ single loop p99', over: ours('storm', 'p99'), under: theirs('storm', 'p99'), limit: 0.25 },
  {
    name: 'CPU per trade, 100 clients ÷ single loop',
    over: ours('fanout-100', 'cpuPerTrade'),
    under: theirs('fanout-100', 'cpuPerTrade'),
    limit: 0.5,
  },
]

/** Of those specs whose scenarios were planned. */
export function ratiosOf(records: readonly RunRecord[], roundCount: number, specs: readonly RatioSpec[]): Ratio[] {
  const planned = new Set(records.map(({ scenario, variant }) => `${scenario} ${variant}`))
  const isPlanned = ({ scenario, variant }: Operand): boolean => planned.has(`${scenario} ${variant}`)
  return specs
    .filter(({ over, under }) => isPlanned(over) && isPlanned(under))
    .map(spec => ({ spec, value: ratioOf(records, roundCount, spec) }))
}

function ratioOf(records: readonly RunRecord[], roundCount: number, { over, under }: RatioSpec): Spread | null {
  const overs = figuresByRound(records, over.scenario, over.variant)
  const unders = figuresByRound(records, under.scenario, under.variant)
  const values: number[] = []
  for (const [round, figures] of overs) {
    const above = read(figures, over.measure)
    const below = read(unders.get(round), under.measure)
    if (above !== null && below !== null && below > 0) values.push(above / below)
  }
  return values.length === roundCount ? spreadOf(values) : null
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
