// `benchmarks/RESULTS.md`: the tables of one run of the benchmark, with a curve per scenario beside it. Written by `npm run bench -- --document`,
// so that no figure in it was typed.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { curveSvg } from './curve-svg.js'
import { peersOf, withPeers } from './peer-table.js'
import type { BenchReport } from './report-page.js'
import type { Spread } from './statistics.js'
import type { Row } from './summary.js'
import { formatGoals, spreadText } from './table.js'

const US_PER_MS = 1_000
const MIB = 2 ** 20

export interface DocumentPlace {
  /** Of the document. */
  readonly file: string
  /** The folder of the curves, beside it. */
  readonly curves: string
  /** As links in the document write it. */
  readonly curvesPath: string
}

/** `command` is what was typed. Replaces the curves of an earlier run. */
export async function writeDocument(report: BenchReport, place: DocumentPlace, command: string): Promise<void> {
  await rm(place.curves, { recursive: true, force: true })
  await mkdir(place.curves, { recursive: true })
  const drawn = new Set<string>()
  for (const [scenario, rows] of byScenario(report.rows)) {
    const svg = curveSvg(rows)
    if (svg === '') continue
    drawn.add(scenario)
    await writeFile(`${place.curves}/${scenario}.svg`, svg)
  }
  // The comparison with peers is of other runs.
  const peers = peersOf(await readFile(place.file, 'utf8').catch(() => ''))
  const text = documentText(report, { drawn, curvesPath: place.curvesPath, command })
  await writeFile(place.file, withPeers(text, peers))
}

export function documentText(
  report: BenchReport,
  { drawn, curvesPath, command }: { drawn: ReadonlySet<string>; curvesPath: string; command: string },
): string {
  const { machine, startedAt, roundCount, goals, ratios, gates, scenarios, about } = report
  const sections = [...byScenario(report.rows)].flatMap(([scenario, rows]) => [
    `## \`${scenario}\``,
    `${scenarios.find(({ name }) => name === scenario)?.about ?? ''}.`,
    ...(drawn.has(scenario) ? [`![Latency curves of ${scenario}](${curvesPath}/${scenario}.svg)`] : []),
    scenarioTable(rows),
    ...resourceTable(rows),
    ...faultList(rows),
  ])
  const variants = about.map(({ name, about }) => `- \`${name}\`: ${about}`)
  const ratioLines = ratios.map(
    ({ spec, value }) => `| ${spec.name} | ${value === null ? 'no figure' : spreadText(value, 1)} | ${spec.limit} |`,
  )
  const gateLines = gates
    .filter(({ verdict }) => verdict !== 'passed')
    .map(({ name, verdict }) => `- ${verdict}: ${name}`)
  return `${[
    '# Results',
    `Written by \`${command}\`, ${startedAt.slice(0, 10)}: ${machine.processor}, ${machine.cpuCount} CPUs, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}. ` +
      'Simulator, server and probe share them.',
    `Latency of trades in ms from the scheduled send to the client: median of ${roundCount} rounds (least–most). Early: the first 15 s of the process; warm: from 30 s on. ` +
      'A p99 rests on a hundredth of the trades. Curves: early dashed. README.md of this folder says how it is measured.',
    variants.join('\n'),
    ...(goals.length === 0 ? [] : ['## Goals', formatGoals(goals).join('\n')]),
    ...(ratioLines.length === 0
      ? []
      : ['## Ratios', ['| ratio | measured | gate |', '|---|---|---|', ...ratioLines].join('\n')]),
    `## Gates`,
    gateLines.length === 0 ? `All ${gates.length} passed.` : gateLines.join('\n'),
    ...sections,
  ].join('\n\n')}\n`
}

function byScenario(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(row.scenario, [...(groups.get(row.scenario) ?? []), row])
  return groups
}

function scenarioTable(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ variant, phase, figures }) => {
    const name = `${variant} | ${phase}`
    if (figures === null) return [`| ${name} | no figure | | | | |`]
    const { distinctTrades, p50Us, p95Us, p99Us, maxUs, paths } = figures
    const cells = [p50Us, p95Us, p99Us, maxUs].map(ms)
    const onPaths = Object.entries(paths).map(
      ([path, figures]) => `| ${variant}, ${path} | ${phase} | | ${ms(figures.p50Us)} | | ${ms(figures.p99Us)} | |`,
    )
    return [`| ${name} | ${Math.round(distinctTrades.median)} | ${cells.join(' | ')} |`, ...onPaths]
  })
  return ['| | phase | trades | p50 | p95 | p99 | max |', '|---|---|---|---|---|---|---|', ...lines].join('\n')
}

function resourceTable(rows: readonly Row[]): string[] {
  const lines = rows.flatMap(({ variant, phase, figures }) => {
    if (figures === null) return []
    const { serverCores, serverResidentBytes, latenessP99Us, bookAgeP99Us, threadLoads, witnessP99Us } = figures
    const threads = Object.entries(threadLoads).map(([role, load]) => `${role} ${percent(load)}`)
    const cells = [
      percent(serverCores),
      serverResidentBytes === null ? '–' : `${Math.round(serverResidentBytes.median / MIB)} MiB`,
      threads.join(', ') || '–',
      bookAgeP99Us === null ? '–' : ms(bookAgeP99Us),
      witnessP99Us === null ? '–' : ms(witnessP99Us),
      ms(latenessP99Us),
    ]
    return [`| ${variant} | ${phase} | ${cells.join(' | ')} |`]
  })
  if (lines.length === 0) return []
  const head = '| | phase | CPU | memory | CPU by thread | p99 of books | p99 of the witness | simulator late p99 |'
  return [[head, '|---|---|---|---|---|---|---|---|', ...lines].join('\n')]
}

function faultList(rows: readonly Row[]): string[] {
  const faults = rows
    .filter(({ phase }) => phase === 'warm')
    .flatMap(row => row.faults.map(each => `- ${row.variant}: ${each}`))
  return faults.length === 0 ? [] : [faults.join('\n')]
}

function ms(spread: Spread): string {
  return spreadText(spread, US_PER_MS)
}

function percent(share: Spread | null): string {
  return share === null ? '–' : `${Math.round(share.median * 100)} %`
}
