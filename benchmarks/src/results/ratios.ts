// Ratios travel between machines better than milliseconds, because the machine's speed is on both sides. Each is taken within a
// round, from runs next to each other in time, and reported as the median of the rounds; each exists early and warm. The limits
// are gates, so wide that a sound product stays within them even where two busy processors disturb its tail. `goals.ts` has the
// goals. No ratio is of a percentile that rests on fewer than ten trades (`sampling.ts`).

import { inPhase, PHASES, type Phase } from '../run/phases.js'
import { SINGLE_LOOP, TRADELANE } from '../variants/variant-names.js'
import type { RunFigures, RunRecord } from './run-record.js'
import { tradesNeeded } from './sampling.js'
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
  readonly phase: Phase
  readonly measure: Measure
}

export type Measure = 'p50' | 'p99' | 'cpuPerTrade'

export interface Ratio {
  readonly spec: RatioSpec
  /** Null where a round has no figure on one of the sides. */
  readonly value: Spread | null
  /** A round has too few trades on one of the sides; then there is no value. */
  readonly isThin: boolean
}

export function ours(scenario: string, measure: Measure, phase: Phase = 'warm'): Operand {
  return { scenario, variant: TRADELANE, phase, measure }
}

export function besideLoop(scenario: string, measure: Measure, limit: number, phase: Phase = 'warm'): RatioSpec {
  return {
    name: inPhase(phase, `${scenario} ${measure} ÷ single loop ${measure}`),
    over: ours(scenario, measure, phase),
    under: { scenario, variant: SINGLE_LOOP, phase, measure },
    limit,
  }
}

function isolation(phase: Phase): RatioSpec {
  return {
    name: inPhase(phase, 'isolation factor: burst p99 ÷ normal p99'),
    over: ours('burst', 'p99', phase),
    under: ours('normal', 'p99', phase),
    limit: 2,
  }
}

export const ISOLATION_RATIO: RatioSpec = isolation('warm')

export const CPU_RATIO: RatioSpec = {
  ...besideLoop('fanout-100', 'cpuPerTrade', 1),
  name: 'CPU per trade, 100 clients ÷ single loop',
}

export const RATIOS: readonly RatioSpec[] = [
  ...PHASES.flatMap(phase => [
    isolation(phase),
    besideLoop('burst', 'p99', 2, phase),
    besideLoop('normal', 'p99', 2, phase),
    besideLoop('normal', 'p50', 1.5, phase),
    besideLoop('storm', 'p99', 2, phase),
  ]),
  { ...besideLoop('fanout-100', 'p99', 0.75), name: 'p99 with 100 clients ÷ single loop' },
  CPU_RATIO,
]

/** Only the ratios whose scenarios were planned. */
export function ratiosOf(records: readonly RunRecord[], specs: readonly RatioSpec[]): Ratio[] {
  return specs.map(spec => ratioOf(records, spec)).filter(ratio => ratio !== undefined)
}

/** Undefined where no round has both sides. */
function ratioOf(records: readonly RunRecord[], spec: RatioSpec): Ratio | undefined {
  const { over, under } = spec
  const rounds = roundsOf(records, over).filter(round => roundsOf(records, under).includes(round))
  if (rounds.length === 0) return undefined
  const overs = figuresByRound(records, over)
  const unders = figuresByRound(records, under)
  const quotients = rounds.map(round => {
    const above = read(overs.get(round), over.measure)
    const below = read(unders.get(round), under.measure)
    return above !== null && below !== null && below > 0 ? above / below : null
  })
  const measured = rounds.flatMap(round => [overs.get(round), unders.get(round)].filter(each => each !== undefined))
  const isThin = measured.some(({ distinctTrades }) => distinctTrades < tradesNeeded(over.measure))
  return { spec, value: isThin ? null : spreadOfAll(quotients), isThin }
}

function roundsOf(records: readonly RunRecord[], { scenario, variant, phase }: Operand): number[] {
  const rounds = records.filter(
    record => record.scenario === scenario && record.variant === variant && record.phase === phase,
  )
  return [...new Set(rounds.map(({ round }) => round))]
}

function read(figures: RunFigures | undefined, measure: Measure): number | null {
  if (figures === undefined) return null
  switch (measure) {
    case 'p50':
      return figures.scheduled.p50Us
    case 'p99':
      return figures.scheduled.p99Us
    case 'cpuPerTrade':
      return figures.usage.serverCpuUsPerTrade
  }
}
