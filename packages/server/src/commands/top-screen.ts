// The state of a gateway on one screen: pure, from its reports. Every line fits the width and all of them the height, what matters
// most first. Colours say nothing that the words do not.

import type { StatReport } from '@tradelane/admin/stat/stat-report'
import { type Cell, textTable } from '@tradelane/admin/stat/text-table'
import type { TailReport } from '@tradelane/admin/tail/tail-report'
import type { MetricName } from '@tradelane/shared/thread/metric-table'
import type { Colours } from '../colours.js'

export interface TopState {
  readonly address: string
  readonly report: StatReport
  /** Of the same process, for rates. */
  readonly before: StatReport | undefined
  readonly tail: TailReport
  /** Why there is no newer report, or null. */
  readonly fault: string | null
}

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

type Style = 'plain' | 'title' | 'good' | 'bad' | 'dim'

interface Line {
  readonly text: string
  readonly style: Style
}

/** Exactly `rows` lines at most, the last of them with the keys. */
export function topScreen(state: TopState, { columns, rows }: ScreenSize, colours: Colours): string[] {
  const paint: Readonly<Record<Style, (text: string) => string>> = {
    plain: text => text,
    title: colours.bold,
    good: colours.green,
    bad: colours.red,
    dim: colours.dim,
  }
  const lines = [
    ...(state.fault === null ? [] : [bad(`no answer: ${state.fault}; tried again`)]),
    ...summaryLines(state),
    ...latencyLines(state),
    ...linkLines(state),
    ...threadLines(state),
    ...clientLines(state),
    ...refusalLines(state),
  ]
  const shown = lines.length < rows ? lines : lines.slice(0, Math.max(0, rows - 1))
  const keys = lines.length > shown.length ? 'q quits; more lines than fit' : 'q quits'
  return [...shown, { text: keys, style: 'dim' } as const].map(({ text, style }) =>
    paint[style](clean(text).slice(0, columns)),
  )
}

function summaryLines(state: TopState): Line[] {
  const { address, report } = state
  const { process: all, links, books, clients } = report
  const clientCount = clients.gateways.reduce((sum, { clientsConnected }) => sum + (clientsConnected ?? 0), 0)
  const isWell = (links.down ?? 0) + (books.stale ?? 0) === 0 && state.fault === null
  return [
    title(
      `tradelane ${all.version}  ${address}  up ${seconds((all.uptimeMs ?? 0) / 1_000)}  ${report.at.slice(11, 19)} UTC`,
    ),
    plain(
      [
        `${rate(state, 'tradesPublished')} trades/s`,
        `${rate(state, 'booksPublished')} books/s`,
        `${clientCount} clients`,
        `${rate(state, 'framesSent')} frames/s`,
        `${megabytes(perSecond(state, 'bytesSent'))} MB/s`,
      ].join('  '),
    ),
    plain(
      `CPU ${all.load ?? '–'}  stolen ${stolenText(all.stolenTime)}  memory ${megabytes(all.residentBytes)} MB  descriptors ${all.descriptors ?? '–'}/${all.descriptorsMax ?? '–'}`,
    ),
    {
      text: `links ${links.live} live ${links.down} down ${links.starting} starting  books ${books.live} live ${books.stale} stale ${books.starting} starting`,
      style: isWell ? 'good' : 'bad',
    },
  ]
}

function latencyLines({ tail: { hops, gateways } }: TopState): Line[] {
  const rows = Object.entries(hops).map(([hop, { count, p50Us, p99Us, p999Us, maxUs }]): Cell[] => [
    hop,
    count,
    ...[p50Us, p99Us, p999Us, maxUs].map(milliseconds),
  ])
  const [worst] = gateways.flatMap(gateway => gateway.worst).sort((one, other) => other.lateUs - one.lateUs)
  const ofMinute =
    worst === undefined
      ? []
      : [plain(`worst of the last minute: ${milliseconds(worst.lateUs)} ms, ${worst.product} ${worst.symbol}`)]
  return section([['latency, ms', 'trades', 'p50', 'p99', 'p99.9', 'max'], ...rows], ofMinute)
}

function linkLines({ report: { links, books } }: TopState): Line[] {
  const down = links.list.filter(({ state }) => state !== 'live')
  const rows = [
    ...down.map(({ product, kind, state, reason }): Cell[] => [product, kind, state, reason]),
    ...books.notLive
      .slice(0, BOOKS_SHOWN)
      .map(({ product, symbol, state, reason }): Cell[] => [product, symbol, state, reason]),
  ]
  return rows.length === 0 ? [] : section([['not live', '', '', ''], ...rows], [], [1, 2, 3], 'bad')
}

function threadLines(state: TopState): Line[] {
  const rows = state.report.threads.map((thread): Cell[] => [
    thread.role,
    thread.state,
    thread.load,
    thread.cpuWait,
    thread.heapUsedBytes === null ? null : Math.round(thread.heapUsedBytes / 1e6),
    thread.longTurns,
    thread.starts,
  ])
  return section([['thread', 'state', 'CPU', 'wait', 'heap MB', 'long', 'starts'], ...rows], [], [1])
}

function clientLines({ report: { clients } }: TopState): Line[] {
  const shown = clients.list.slice(0, CLIENTS_SHOWN)
  const omitted = clients.list.length - shown.length + clients.listOmitted
  const rows = shown.map((client): Cell[] => [
    client.address,
    Math.round((client.bytesPerS ?? 0) / 1_000),
    client.lagMs,
    client.minRttUs === null ? null : Math.round(client.minRttUs / 100) / 10,
    client.recordsMissed,
  ])
  const more = omitted > 0 ? [plain(`and ${omitted} more`)] : []
  return rows.length === 0 ? [] : section([['client', 'kB/s', 'lag ms', 'rtt ms', 'missed'], ...rows], more)
}

function refusalLines({ report: { refusals, counters } }: TopState): Line[] {
  const rows = Object.entries(refusals)
    .filter(([, value]) => value > 0)
    .map(([name, value]): Cell[] => {
      const { unit, about } = counters[name as MetricName]
      return [name, value, `${unit} ${about}`]
    })
  return rows.length === 0 ? [] : section([['refused', '', ''], ...rows], [], [2])
}

const CLIENTS_SHOWN = 10
const BOOKS_SHOWN = 5

function section(rows: Cell[][], after: Line[] = [], left: number[] = [], style: Style = 'plain'): Line[] {
  const [head = '', ...texts] = textTable(rows, left)
  return [plain(''), title(head), ...texts.map(text => ({ text, style })), ...after]
}

function perSecond({ report, before }: TopState, name: MetricName): number | null {
  if (before === undefined || before.process.stream !== report.process.stream) return null
  const passedS = (Date.parse(report.at) - Date.parse(before.at)) / 1_000
  return passedS > 0 ? (report.counters[name].value - before.counters[name].value) / passedS : null
}

function rate(state: TopState, name: MetricName): string {
  const value = perSecond(state, name)
  return value === null ? '–' : Math.round(value).toLocaleString('en-US')
}

function milliseconds(us: number): number {
  return Math.round(us / 10) / 100
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '–' : (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)
}

function stolenText(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(1)} %`
}

function seconds(s: number): string {
  const [days, hours, minutes] = [Math.floor(s / 86_400), Math.floor(s / 3_600) % 24, Math.floor(s / 60) % 60]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${Math.floor(s) % 60} s` : `${Math.floor(s)} s`
}

/** What another program sent must not reach the terminal as a command. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}

function plain(text: string): Line {
  return { text, style: 'plain' }
}

function title(text: string): Line {
  return { text, style: 'title' }
}

function bad(text: string): Line {
  return { text, style: 'bad' }
}
