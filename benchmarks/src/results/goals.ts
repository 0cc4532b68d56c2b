// What the product should reach on two processors that simulator and probe share. Goals are reported with their figures, reached
// or not, and are never gates. All are of the warm phase. None is about losses: a run that lost something has no figure.

import { TRADELANE } from '../variants/variant-names.js'
import { besideLoop, CPU_RATIO, ISOLATION_RATIO, ours, type Ratio, type RatioSpec, ratiosOf } from './ratios.js'
import type { RunRecord } from './run-record.js'
import type { Spread } from './statistics.js'
import type { PathRow, Row, RowFigures } from './summary.js'

export interface GoalResult {
  readonly name: string
  readonly limit: string
  /** Null where a round has no figure. */
  readonly measured: Spread | null
  readonly unit: 'ms' | 'MiB' | ''
  readonly isReached: boolean
}

interface Goal {
  readonly name: string
  readonly scenario: string
  read(figures: RowFigures): Spread | null
  /** In microseconds or bytes, as what is read. */
  limit(figures: RowFigures): number
  /** Milliseconds if absent. */
  readonly unit?: 'MiB'
  /** The limit holds for each round, not for their median. */
  readonly isEach?: boolean
}

const SLOW_BYTES_PER_S = 100_000
const US_PER_MS = 1_000
const MIB = 2 ** 20

const GOALS: readonly Goal[] = [
  latencyGoal('normal', 'p50Us', 0.35),
  latencyGoal('normal', 'p99Us', 0.9),
  latencyGoal('burst', 'p99Us', 1),
  latencyGoal('storm', 'p99Us', 1.2),
  { ...latencyGoal('overload', 'p99Us', 3), name: 'overload, p99, each run', isEach: true },
  {
    name: 'overload, books current after its end, each run',
    scenario: 'overload',
    read: ({ currentAfterUs }) => currentAfterUs,
    limit: () => 5_000 * US_PER_MS,
    isEach: true,
  },
  {
    name: 'wide, resident memory',
    scenario: 'wide',
    read: ({ serverResidentBytes }) => serverResidentBytes,
    limit: () => 600 * MIB,
    unit: 'MiB',
    isEach: true,
  },
  latencyGoal('fanout-100', 'p50Us', 1.3),
  latencyGoal('fanout-100', 'p99Us', 4),
  latencyGoal('fanout-500', 'p99Us', 30),
  pathGoal('slow-client', '300 kB/s', 'p99Us', 25),
  { ...pathGoal('slow-client', '300 kB/s', 'bookAgeMaxUs', 1_000), isEach: true },
  {
    ...pathGoal('slow-for-long', '100 kB/s', 'p99Us', 0),
    // The time that one and a half frames take on the path, and 5 ms.
    limit: figures => (1.5 * frameBytes(figures, '100 kB/s') * 1_000_000) / SLOW_BYTES_PER_S + 5 * US_PER_MS,
  },
  {
    ...pathGoal('stopped-client', 'stopped', 'freshAfterUs', 1_000),
    name: 'stopped-client, fresh books when it reads on',
  },
]

const RATIO_GOALS: readonly { readonly spec: RatioSpec; readonly limit: number }[] = [
  { spec: besideLoop('normal', 'p99', 0.9), limit: 0.9 },
  { spec: besideLoop('burst', 'p99', 0.6), limit: 0.6 },
  { spec: besideLoop('storm', 'p99', 0.4), limit: 0.4 },
  { spec: besideLoop('fanout-100', 'p99', 0.3), limit: 0.3 },
  { spec: ISOLATION_RATIO, limit: 1.5 },
  { spec: wideBesideNormal(), limit: 3 },
  { spec: besideOthers('slow-client', 'burst'), limit: 1.2 },
  { spec: besideOthers('stopped-client', 'normal'), limit: 1.2 },
  { spec: CPU_RATIO, limit: 0.5 },
]

/** Only goals of scenarios that were measured. */
export function judgeGoals(rows: readonly Row[], records: readonly RunRecord[]): GoalResult[] {
  const ratios = ratiosOf(
    records,
    RATIO_GOALS.map(({ spec }) => spec),
  )
  return [...GOALS.flatMap(goal => goalOf(goal, rows)), ...ratios.map(ratioResult)]
}

function goalOf(goal: Goal, rows: readonly Row[]): GoalResult[] {
  const row = rows.find(
    ({ scenario, variant, phase }) => scenario === goal.scenario && variant === TRADELANE && phase === 'warm',
  )
  if (row === undefined) return []
  const { name, unit = 'ms' } = goal
  const measured = row.figures === null ? null : goal.read(row.figures)
  if (row.figures === null || measured === null) {
    return [{ name, limit: '', measured: null, unit, isReached: false }]
  }
  const limit = goal.limit(row.figures)
  const isReached = (goal.isEach === true ? measured.max : measured.median) <= limit
  const divisor = unit === 'MiB' ? MIB : US_PER_MS
  const { median, min, max } = measured
  const inUnit = { median: median / divisor, min: min / divisor, max: max / divisor }
  return [{ name, limit: `${Number((limit / divisor).toPrecision(3))} ${unit}`, measured: inUnit, unit, isReached }]
}

function ratioResult({ spec, value }: Ratio): GoalResult {
  const limit = RATIO_GOALS.find(goal => goal.spec === spec)?.limit ?? spec.limit
  return {
    name: spec.name,
    limit: String(limit),
    measured: value,
    unit: '',
    isReached: (value?.median ?? limit + 1) <= limit,
  }
}

function latencyGoal(scenario: string, measure: 'p50Us' | 'p99Us', limitMs: number): Goal {
  const name = `${scenario}, ${measure.replace('Us', '')}`
  return { name, scenario, read: figures => figures[measure], limit: () => limitMs * US_PER_MS }
}

function pathGoal(
  scenario: string,
  path: string,
  measure: 'p99Us' | 'bookAgeMaxUs' | 'freshAfterUs',
  limitMs: number,
): Goal {
  const what = { p99Us: 'its own p99', bookAgeMaxUs: 'its oldest book, each run', freshAfterUs: 'fresh books' }[measure]
  const read = (figures: RowFigures): Spread | null => (figures.paths[path] as PathRow | undefined)?.[measure] ?? null
  return { name: `${scenario} at ${path}, ${what}`, scenario, read, limit: () => limitMs * US_PER_MS }
}

function frameBytes(figures: RowFigures, path: string): number {
  return figures.paths[path]?.frameBytesMax?.max ?? 0
}

function wideBesideNormal(): RatioSpec {
  return { name: 'wide p99 ÷ normal p99', over: ours('wide', 'p99'), under: ours('normal', 'p99'), limit: 3 }
}

/** How much a slow or stopped client costs the others. */
function besideOthers(scenario: string, without: string): RatioSpec {
  const name = `${scenario}, the others' p99 ÷ ${without} p99`
  return { name, over: ours(scenario, 'p99'), under: ours(without, 'p99'), limit: 1.2 }
}
