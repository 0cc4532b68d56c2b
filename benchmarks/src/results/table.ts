// The results as text for a terminal: a table per scenario, the ratios, the goals, the gates.

import { PHASES } from '../run/phases.js'
import { RAW_FLOOR } from '../variants/variant-names.js'
import type { GateResult, Verdict } from './gates.js'
import type { GoalResult } from './goals.js'
import type { Ratio } from './ratios.js'
import type { Spread } from './statistics.js'
import type { Row, RowFigures } from './summary.js'

const COLUMNS = [
  'variant',
  'trades',
  'p50',
  'p95',
  'p99',
  'p99.9',
  'max',
  'above floor p50/p99',
  'sim late p99',
  'echo p50',
  'CPU server/sim/probe',
  'stolen',
  'CPU/trade',
]
const FAULTS_SHOWN = 3
const MIB = 2 ** 20
const VERDICTS: Readonly<Record<Verdict, string>> = { passed: 'passed', failed: 'FAILED', unmeasured: 'UNMEASURED' }

export interface Results {
  readonly rows: readonly Row[]
  readonly ratios: readonly Ratio[]
  readonly goals: readonly GoalResult[]
  readonly gates: readonly GateResult[]
}

export function formatResults({ rows, ratios, goals, gates }: Results): string {
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))]
  return [
    'Latency of trades, scheduled send → client, ms: median of the rounds (least–most). Early: the first 15 s of the process;',
    'warm: from 30 s on. A hundredth of `trades` is what a p99 rests on. Stolen: processor time with work that the hypervisor of a',
    'virtual machine gave to others.',
    ...scenarios.flatMap(scenario => ['', scenario, ...formatScenario(rows.filter(row => row.scenario === scenario))]),
    '',
    'Ratios, median of the rounds (least–most)',
    ...ratios.map(({ spec, value }) => `  ${spec.name}: ${value === null ? 'no figure' : spreadText(value, 1)}`),
    '',
    ...formatGoals(goals),
    '',
    'Gates',
    ...gates.map(({ name, verdict, detail }) => `  ${VERDICTS[verdict]}  ${name}: ${detail}`),
  ].join('\n')
}

/** As Markdown, so that a document can take it as it is printed. */
export function formatGoals(goals: readonly GoalResult[]): string[] {
  if (goals.length === 0) return []
  const lines = goals.map(({ name, limit, measured, unit, isReached }) => {
    const figure = measured === null ? 'no figure' : `${spreadText(measured, 1)} ${unit}`.trim()
    return `| ${name} | ${limit} | ${figure} | ${isReached ? 'yes' : 'no'} |`
  })
  return ['| goal | at most | measured: median (least–most) | reached |', '|---|---|---|---|', ...lines]
}

function formatScenario(rows: readonly Row[]): string[] {
  const floorOf = (row: Row): RowFigures | undefined =>
    rows.find(({ variant, phase }) => variant === RAW_FLOOR && phase === row.phase)?.figures ?? undefined
  const cells = [
    COLUMNS,
    ...rows.flatMap(row => (row.figures === null ? [] : [cellsOf(row, row.figures, floorOf(row))])),
  ]
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map(line => line[column]?.length ?? 0)))
  const lines = cells.map(line =>
    `  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
  const missing = rows.filter(({ figures }) => figures === null)
  return [
    ...lines,
    ...missing.map(row => `  ${titleOf(row)}  no figure: ${row.roundCount} of the rounds have one`),
    ...rows.flatMap(detailLines),
    ...rows.flatMap(resourceLines),
    ...rows.flatMap(witnessLines),
    ...rows.flatMap(faultLines),
  ]
}

function titleOf({ variant, phase }: Row): string {
  return `${variant} ${phase}`
}

function cellsOf(row: Row, figures: RowFigures, floor: RowFigures | undefined): string[] {
  const {
    p50Us,
    p95Us,
    p99Us,
    p999Us,
    maxUs,
    latenessP99Us,
    echoP50Us,
    serverCores,
    simCores,
    probeCores,
    stolenShare,
    cpuUsPerTrade,
  } = figures
  return [
    titleOf(row),
    String(Math.round(figures.distinctTrades.median)),
    ...[p50Us, p95Us, p99Us, p999Us, maxUs].map(spread => spreadText(spread, 1_000)),
    floor ? `${msText(p50Us.median - floor.p50Us.median)} / ${msText(p99Us.median - floor.p99Us.median)}` : '–',
    msText(latenessP99Us.median),
    msText(echoP50Us.median),
    `${[serverCores, simCores, probeCores].map(percentText).join(' / ')} %`,
    stolenShare === null ? '–' : `${percentText(stolenShare)} %`,
    cpuUsPerTrade === null ? '–' : `${cpuUsPerTrade.median.toFixed(1)} µs`,
  ]
}

/** The clients on slow paths, and how soon books were current again. */
function detailLines(row: Row): string[] {
  const { figures } = row
  const variant = titleOf(row)
  const paths = Object.entries(figures?.paths ?? {}).map(([name, { p50Us, p99Us, bookAgeMaxUs, freshAfterUs }]) => {
    const age = bookAgeMaxUs === null ? '' : `, oldest book ${spreadText(bookAgeMaxUs, 1_000)}`
    const fresh = freshAfterUs === null ? '' : `, fresh books after ${spreadText(freshAfterUs, 1_000)}`
    return `  ${variant}, ${name}: p50 ${spreadText(p50Us, 1_000)}, p99 ${spreadText(p99Us, 1_000)}${age}${fresh}`
  })
  const current = figures?.currentAfterUs ?? null
  return current === null ? paths : [...paths, `  ${variant}: books current after ${spreadText(current, 1_000)}`]
}

function resourceLines(row: Row): string[] {
  const { serverResidentBytes, threadLoads, bookAgeP99Us } = row.figures ?? { threadLoads: {} }
  const threads = Object.entries(threadLoads).map(([role, load]) => `${role} ${percentText(load)} %`)
  if (threads.length === 0 || row.phase !== 'warm') return []
  const memory = serverResidentBytes ? `${Math.round(serverResidentBytes.median / MIB)} MiB` : '–'
  const books = bookAgeP99Us ? `, p99 of the books' age ${msText(bookAgeP99Us.median)}` : ''
  return [`  ${titleOf(row)}: ${memory} resident${books}; CPU by thread: ${threads.join(', ')}`]
}

function witnessLines(row: Row): string[] {
  const { witnessP50Us: p50, witnessP99Us: p99 } = row.figures ?? { witnessP50Us: null, witnessP99Us: null }
  if (p50 === null || p99 === null) return []
  return [`  ${titleOf(row)}, as the witness saw it: p50 ${spreadText(p50, 1_000)}, p99 ${spreadText(p99, 1_000)}`]
}

/** Faults are of a whole run: they are printed with its last phase. */
function faultLines({ variant, phase, faults }: Row): string[] {
  if (phase !== PHASES.at(-1)) return []
  const shown = faults.slice(0, FAULTS_SHOWN).map(fault => `  ${variant}: ${fault}`)
  return faults.length > shown.length ? [...shown, `  ${variant}: ${faults.length - shown.length} more`] : shown
}

export function spreadText({ median, min, max }: Spread, divisor: number): string {
  const text = (value: number): string => (value / divisor).toFixed(2)
  return `${text(median)} (${text(min)}–${text(max)})`
}

function percentText(cores: Spread | null): string {
  return cores === null ? '–' : String(Math.round(cores.median * 100))
}

function msText(us: number): string {
  return (us / 1_000).toFixed(2)
}
