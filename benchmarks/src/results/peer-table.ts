// Tradelane beside its peers, as Markdown: one table, and below it what is missing and what slow clients lost. In `benchmarks/RESULTS.md` it stands
// between two marks, so that it stays when the rest is written again.

import { readFile, writeFile } from 'node:fs/promises'
import type { Spread } from './statistics.js'
import type { Row, RowFigures } from './summary.js'

export interface PeerReport {
  /** All in one order: that of the table. */
  readonly about: readonly { readonly name: string; readonly about: string }[]
  readonly rows: readonly Row[]
  readonly absent: readonly { readonly name: string; readonly why: string }[]
}

const BEGIN = '<!-- peers -->'
const END = '<!-- end of peers -->'
const US_PER_MS = 1_000
const MIB = 2 ** 20
const FAULTS_SHOWN = 6
const LINKS = 'links'
const CLOSED = /closed by the server/

interface Column {
  readonly title: string
  readonly scenario: string
  text(figures: RowFigures): string
}

const LINK_COLUMNS: readonly Column[] = [
  { title: 'clients on the loopback', scenario: LINKS, text: ({ p50Us, p99Us }) => pair(p50Us, p99Us) },
  ...['link of 300 kB/s', 'link of 100 kB/s', 'reader of 300 kB/s', 'reader of 100 kB/s'].map(path =>
    pathColumn(path, LINKS),
  ),
]

const COLUMNS: readonly Column[] = [
  { title: '`normal`', scenario: 'normal', text: ({ p50Us, p99Us }) => pair(p50Us, p99Us) },
  {
    title: 'the witness',
    scenario: 'normal',
    text: ({ witnessP50Us, witnessP99Us }) => pair(witnessP50Us, witnessP99Us),
  },
  { title: '`burst`', scenario: 'burst', text: ({ p50Us, p99Us }) => pair(p50Us, p99Us) },
  { title: 'beside slow clients', scenario: 'three-slow', text: ({ p50Us, p99Us }) => pair(p50Us, p99Us) },
  {
    title: 'the witness there',
    scenario: 'three-slow',
    text: ({ witnessP50Us, witnessP99Us }) => pair(witnessP50Us, witnessP99Us),
  },
  pathColumn('300 kB/s'),
  pathColumn('100 kB/s'),
  {
    title: 'stopped: fresh books after',
    scenario: 'three-slow',
    text: ({ paths, pathFaults }) => {
      const after = paths.stopped?.freshAfterUs ?? null
      const faults = pathFaults.filter(fault => fault.startsWith('stopped:'))
      if (after !== null && Number.isFinite(after.median)) return ms(after) + (faults.length === 0 ? '' : ' *')
      return faults.some(fault => CLOSED.test(fault)) ? 'disconnected *' : 'never *'
    },
  },
  {
    title: 'CPU',
    scenario: 'three-slow',
    text: ({ serverCores }) => (serverCores === null ? '–' : percent(serverCores)),
  },
  {
    title: 'memory',
    scenario: 'three-slow',
    text: ({ serverResidentBytes: bytes }) => (bytes === null ? '–' : `${Math.round(bytes.median / MIB)} MiB`),
  },
]

export function formatPeers({ about, rows, absent }: PeerReport): string[] {
  const warm = rows.filter(({ phase }) => phase === 'warm')
  const behindLinks = warm.filter(({ scenario }) => scenario === LINKS)
  const others = warm.filter(({ scenario }) => scenario !== LINKS)
  const measured = about.filter(({ name }) => warm.some(({ variant }) => variant === name))
  return [
    ...tableOf(COLUMNS, about, others),
    ...(behindLinks.length === 0 ? [] : ['', LINK_CAPTION, '', ...tableOf(LINK_COLUMNS, about, behindLinks)]),
    '',
    ...measured.map(each => `- \`${each.name}\`: ${each.about}`),
    ...notesOf(warm),
    ...absent.map(({ name, why }) => `- Not measured: \`${name}\`. ${why}`),
  ]
}

/** A column that nothing was measured for is left out. */
function tableOf(all: readonly Column[], about: PeerReport['about'], rows: readonly Row[]): string[] {
  const measured = about.filter(({ name }) => rows.some(({ variant }) => variant === name))
  const columns = all.filter(column => rows.some(({ scenario }) => scenario === column.scenario))
  const head = ['', ...columns.map(({ title }) => title)]
  const lines = measured.map(({ name }) => [`\`${name}\``, ...columns.map(each => cellOf(each, name, rows))])
  return [
    `| ${head.join(' | ')} |`,
    `|${'---|'.repeat(head.length)}`,
    ...lines.map(cells => `| ${cells.join(' | ')} |`),
  ]
}

const INTRODUCTION = `## Beside its peers

p50 / p99 of trades in ms, from the scheduled send to the client, from 30 s on. Each server gets the same market and has ten clients. Beside slow
clients: ten clients in \`normal\` while one more reads 300 kB/s of some 450, one 100 kB/s, both for 90 s, and one reads nothing for 30 s.
After the dot: the age of the oldest book that the client got. *: not all trades, books or connections came as they should, which the
notes below the table say; the latency is that of the trades that arrived, and no client connects again. CPU and memory are of all processes
of the server, with its bridge. The witness reads plain WebSocket messages: it has no figure of NATS and socket.io.`

const LINK_CAPTION = `Behind links of the kernel's own (\`npm run bench -- --links\`): BBR and \`tcp_notsent_lowat\` 16 KiB at the server, clients in another network
namespace over veth, limited by \`tbf\` or by how fast they read.`

/** Replaces the section in the file. */
export async function writePeers(file: string, [about, ...lines]: readonly string[]): Promise<void> {
  const section = [INTRODUCTION, about, lines.join('\n')].join('\n\n')
  await writeFile(file, withPeers(await readFile(file, 'utf8'), section))
}

/** The document with this section instead of the one that it had; an absent one comes to its end. */
export function withPeers(document: string, section: string | null): string {
  const [before, after] = splitAt(document)
  if (section === null) return document
  return `${before.trimEnd()}\n\n${BEGIN}\n${section.trim()}\n${END}\n${after.trim() === '' ? '' : `\n${after.trimStart()}`}`
}

/** Null where there is none. */
export function peersOf(document: string): string | null {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)
  return begin === -1 || end < begin ? null : document.slice(begin + BEGIN.length, end)
}

function splitAt(document: string): [string, string] {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)
  return begin === -1 || end < begin ? [document, ''] : [document.slice(0, begin), document.slice(end + END.length)]
}

function pathColumn(path: string, scenario = 'three-slow'): Column {
  return {
    title: scenario === LINKS ? path : `client at ${path}`,
    scenario,
    text: ({ paths, pathFaults }) => {
      const of = paths[path]
      const faults = pathFaults.filter(fault => fault.startsWith(`${path}:`))
      if (of === undefined) return faults.some(fault => CLOSED.test(fault)) ? 'disconnected *' : 'nothing arrived *'
      const books = of.bookAgeMaxUs === null ? 'none' : ms(of.bookAgeMaxUs)
      const mark = faults.length === 0 ? '' : ' *'
      return `${pair(of.p50Us, of.p99Us)} · ${books}${mark}`
    },
  }
}

function cellOf({ scenario, text }: Column, variant: string, rows: readonly Row[]): string {
  const row = rows.find(each => each.variant === variant && each.scenario === scenario)
  if (row === undefined) return 'not run'
  return row.figures === null ? 'no figure' : text(row.figures)
}

/** What was wrong: of a run without figures, and of the clients on slow paths. */
function notesOf(rows: readonly Row[]): string[] {
  return rows.flatMap(({ variant, scenario, figures, faults }) => {
    const shown = (figures === null ? faults : figures.pathFaults).slice(0, FAULTS_SHOWN)
    return shown.map(fault => `- ${figures === null ? 'No figure' : '\\*'} \`${variant}\`, \`${scenario}\`: ${fault}`)
  })
}

function pair(p50: Spread | null, p99: Spread | null): string {
  return p50 === null || p99 === null ? '–' : `${ms(p50)} / ${ms(p99)}`
}

function ms({ median }: Spread): string {
  const value = median / US_PER_MS
  return value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US')
}

function percent({ median }: Spread): string {
  return `${Math.round(median * 100)} %`
}
