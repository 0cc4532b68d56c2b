// The results as text for a terminal: a table per scenario, the ratios, the gates.

import { RAW_FLOOR } from '../variants/variant-names.js'
import type { GateResult } from './gates.js'
import type { Ratio } from './ratios.js'
import type { Spread } from './statistics.js'
import type { Row } from './summary.js'

const COLUMNS = [
  'variant',
  'p50',
  'p95',
  'p99',
  'p99.9',
  'max',
  'above floor p50/p99',
  'sim late p99',
  'CPU',
  'CPU/trade',
]
const FAULTS_SHOWN = 3

export function formatResults(rows: readonly Row[], ratios: readonly Ratio[], gates: readonly GateResult[]): string {
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))]
  return [
    'Latency of trades, scheduled send → client, ms: median of the rounds (least–most)',
    ...scenarios.flatMap(scenario => ['', scenario, ...formatScenario(rows.filter(row => row.scenario === scenario))]),
    '',
    'Ratios, median of the rounds (least–most)',
    ...ratios.map(({ spec, value }) => `  ${spec.name}: ${value === null ? 'no figure' : spreadText(value, 1)}`),
    '',
    'Gates',
    ...gates.map(({ name, isPassed, detail }) => `  ${isPassed ? 'passed' : 'FAILED'}  ${name}: ${detail}`),
  ].join('\n')
}

function formatScenario(rows: readonly Row[]): string[] {
  const floor = rows.find(({ variant }) => variant === RAW_FLOOR)
  const cells = [COLUMNS, ...rows.map(row => cellsOf(row, floor))]
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map(line => line[column]?.length ?? 0)))
  const lines = cells.map(line =>
    `  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
  return [...lines, ...rows.flatMap(linkLines), ...rows.flatMap(faultLines)]
}

function cellsOf({ variant, figures, roundCount }: Row, floor: Row | undefined): string[] {
  if (figures === null) return [variant, `no figure: ${roundCount} of the rounds are good`]
  const { p50Us, p95Us, p99Us, p999Us, maxUs, latenessP99Us, serverCores, cpuUsPerTrade } = figures
  const above = floor?.figures
  return [
    variant,
    ...[p50Us, p95Us, p99Us, p999Us, maxUs].map(spread => spreadText(spread, 1_000)),
    above ? `${msText(p50Us.median - above.p50Us.median)} / ${msText(p99Us.median - above.p99Us.median)}` : '–',
    msText(latenessP99Us.median),
    serverCores === null ? '–' : `${Math.round(serverCores.median * 100)} %`,
    cpuUsPerTrade === null ? '–' : `${cpuUsPerTrade.median.toFixed(1)} µs`,
  ]
}

function linkLines({ variant, figures }: Row): string[] {
  return Object.entries(figures?.links ?? {}).map(([name, { p50Us, p99Us, bookAgeMaxUs }]) => {
    const age = bookAgeMaxUs === null ? '' : `, oldest book ${spreadText(bookAgeMaxUs, 1_000)}`
    return `  ${variant}, ${name}: p50 ${spreadText(p50Us, 1_000)}, p99 ${spreadText(p99Us, 1_000)}${age}`
  })
}

function faultLines({ variant, faults }: Row): string[] {
  const shown = faults.slice(0, FAULTS_SHOWN).map(fault => `  ${variant}: ${fault}`)
  return faults.length > shown.length ? [...shown, `  ${variant}: ${faults.length - shown.length} more`] : shown
}

export function spreadText({ median, min, max }: Spread, divisor: number): string {
  const text = (value: number): string => (value / divisor).toFixed(2)
  return `${text(median)} (${text(min)}–${text(max)})`
}

function msText(us: number): string {
  return (us / 1_000).toFixed(2)
}
