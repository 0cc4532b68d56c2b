// One metric as Prometheus knows it, and how a row of the tables becomes one: in base units, with the name that they ask for.

import assert from 'node:assert/strict'
import type { Metric } from '@tradelane/shared/thread/metric-table'

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  readonly value: number
}

export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly kind: Metric['kind']
  readonly samples: readonly Sample[]
}

/** Of one label set, with counts that include those of smaller limits. */
export interface HistogramSample {
  readonly labels: Labels
  readonly buckets: readonly { readonly limitS: number; readonly count: number }[]
  readonly count: number
  readonly sumS: number
}

export interface HistogramFamily {
  readonly name: string
  readonly help: string
  readonly kind: 'histogram'
  readonly samples: readonly HistogramSample[]
}

/** A row of a table under its Prometheus name. */
export interface FamilyRow extends Pick<MetricFamily, 'name' | 'help' | 'kind'> {
  /** From the unit of the row to the base unit. */
  readonly scale: number
}

/** Words of our names that are units, and what Prometheus has in their place, at the end. */
const BASE_UNITS: Readonly<Record<string, readonly [name: string, scale: number]>> = {
  us: ['seconds', 1e-6],
  ms: ['seconds', 1e-3],
  bytes: ['bytes', 1],
  share: ['ratio', 1],
}

/**
 * `longTurnUs` of threads is `tradelane_thread_long_turn_seconds_total`. `kind`: differs from the row's where figures are
 * combined so that the result may fall.
 */
export function familyRow(section: string, name: string, row: Metric, kind = row.kind): FamilyRow {
  const words = [...wordsOf(section), ...wordsOf(name.replace(/PerS$/, 'PerSecond'))]
  const unitWord = words.find(word => word in BASE_UNITS)
  const [unit, scale] = BASE_UNITS[unitWord ?? ''] ?? ['', 1]
  const others = words.filter(word => word !== unitWord && word !== 'total')
  const per = others.indexOf('per')
  const perSecond = per === -1 ? [] : others.splice(per)
  const parts = ['tradelane', ...others, unit, ...perSecond, kind === 'counter' ? 'total' : '']
  assert(others.length > 0, 'a metric is named after more than its unit')
  const shownUnit = scale === 1 ? row.unit : 'seconds'
  return { name: parts.filter(part => part !== '').join('_'), help: `${shownUnit} ${row.about}`, kind, scale }
}

/** Without those that the system does not tell. */
export function samplesOf(
  { scale }: FamilyRow,
  figures: readonly { readonly labels: Labels; readonly value: number | null }[],
): Sample[] {
  return figures.flatMap(({ labels, value }) => (value === null ? [] : [{ labels, value: scaled(value, scale) }]))
}

/** Without the digits that a multiplication by a millionth adds. */
function scaled(value: number, scale: number): number {
  return scale === 1 ? value : Number((value * scale).toPrecision(15))
}

function wordsOf(name: string): string[] {
  if (name === '') return []
  return name
    .replace(/([a-z0-9])(?=[A-Z])/g, '$1_')
    .toLowerCase()
    .split('_')
}
