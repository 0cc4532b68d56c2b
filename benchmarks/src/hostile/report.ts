// The results as lines of text.

import { METRICS } from '@tradelane/shared/thread/metric-table'
import { spreadOf } from '../results/statistics.js'
import type { AttackRecord, Pair } from './attack-record.js'
import type { WindowFigures } from './honest-process.js'
import { type Judgement, validPairs } from './judgement.js'
import { RATIO_P99_MAX } from './limits.js'

const REFUSALS: ReadonlySet<string> = new Set(
  Object.values(METRICS).flatMap(table =>
    Object.entries(table).flatMap(([name, { isRefusal }]) => (isRefusal ? [name] : [])),
  ),
)
const PROGRESS_CHARS = 8
const NAME_CHARS = 22
const FIGURE_CHARS = 16

export const HEAD = [
  ''.padEnd(PROGRESS_CHARS),
  'attack'.padEnd(NAME_CHARS),
  ...['plain p50/p99', 'product p50/p99'].map(title => title.padStart(FIGURE_CHARS)),
  'ratio'.padStart(7),
  'block'.padStart(8),
  'memory'.padStart(12),
  '  refusals and verdict',
].join('')

/** `progress` goes in front. Latencies in ms: medians of the pairs. The longest block in ms. Memory in MB, before and at its peak. */
export function rowOf(record: AttackRecord, { verdict, ratioP99, reasons }: Judgement, progress: string): string {
  const { longestBlockUs, memory, counted } = record
  const valid = validPairs(record)
  // Void figures show at least what happened.
  const pairs = valid.length > 0 ? valid : record.pairs
  const figures = [latencies(pairs, ({ plain }) => plain), latencies(pairs, ({ product }) => product)]
  const refusals = Object.entries(counted).flatMap(([name, count]) => (REFUSALS.has(name) ? [`${name} ${count}`] : []))
  return [
    progress.padEnd(PROGRESS_CHARS),
    record.name.padEnd(NAME_CHARS),
    ...figures.map(text => text.padStart(FIGURE_CHARS)),
    (ratioP99 === null ? '–' : ratioP99.toFixed(2)).padStart(7),
    (longestBlockUs === null ? '–' : milliseconds(longestBlockUs)).padStart(8),
    `${megabytes(memory.startBytes)}→${megabytes(memory.peakBytes)}`.padStart(12),
    `  ${[verdict, ...refusals, ...reasons].join('; ')}`,
  ].join('')
}

/** What the figures rest on. */
export function confidenceOf(tradeRate: number, windowMs: number, pairCount: number): string {
  const trades = Math.round((tradeRate * windowMs) / 1_000)
  return (
    `A window has about ${trades} trades: its p99 rests on ${Math.round(trades / 100)} of them; ` +
    `a ratio is the median of ${pairCount} pairs (goal ≤ ${RATIO_P99_MAX}).`
  )
}

function latencies(pairs: readonly Pair[], sideOf: (pair: Pair) => WindowFigures): string {
  const figures = pairs.map(pair => sideOf(pair).scheduled)
  const p50 = spreadOf(figures.flatMap(each => each?.p50Us ?? []))
  const p99 = spreadOf(figures.flatMap(each => each?.p99Us ?? []))
  return p50 === null || p99 === null ? '–' : `${milliseconds(p50.median)}/${milliseconds(p99.median)}`
}

function milliseconds(us: number): string {
  const ms = us / 1_000
  return ms.toFixed(ms < 100 ? 2 : 0)
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
