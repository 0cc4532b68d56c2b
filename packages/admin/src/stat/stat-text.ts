// A report of `/stat` for a terminal. Pure: rates need the report before it.

import type { BookReport, LinkReport } from './board-stat.js'
import type { ClientReport } from './client-stat.js'
import type { CounterReport } from './counter-stat.js'
import type { StatReport } from './stat-report.js'
import { type Cell, textTable } from './text-table.js'
import type { ThreadReport } from './thread-stat.js'

const CLIENTS_SHOWN = 20
const BOOKS_SHOWN = 20

/** `before`: an earlier report of the same process, for the rates of counters. */
export function formatStat(report: StatReport, before?: StatReport): string {
  const sections = [
    processLines(report),
    threadLines(report),
    laneLines(report),
    linkLines(report),
    bookLines(report),
    clientLines(report),
    counterLines('refusals', report, before, name => name in report.refusals),
    counterLines('counters', report, before, name => !(name in report.refusals)),
  ]
  return sections
    .filter(lines => lines.length > 0)
    .map(lines => `${lines.join('\n')}\n`)
    .join('\n')
}

function processLines({ at, process: all }: StatReport): string[] {
  const lanes = all.laneBytes === null ? '' : `, ${megabytes(all.laneBytes)} of it shared`
  return [
    ...textTable([
      [`tradelane ${all.version}, stream ${all.stream}, pid ${all.pid}, up ${uptime(all.uptimeMs)}, at ${at}`],
    ]),
    [
      `${all.load ?? '–'} CPUs`,
      ...stolenTexts(all.stolenTime),
      `${megabytes(all.residentBytes)} resident${lanes}`,
      `${all.descriptors ?? '–'} of ${all.descriptorsMax ?? '–'} descriptors`,
    ].join('; '),
  ]
}

/** No thread's own figures show it. */
function stolenTexts(share: number | null): readonly string[] {
  return share === null || share === 0 ? [] : [`${(share * 100).toFixed(1)} % of the CPU time stolen`]
}

function threadLines({ threads, process: { uptimeMs } }: StatReport): string[] {
  const head = [
    'thread',
    'state',
    'CPUs',
    'wait',
    'nice',
    'heap MB',
    'of',
    'scavenges',
    'ms',
    'major',
    'ms',
    'longest',
    'a minute',
    'long turns',
    'starts',
  ]
  const rows = threads.map((thread): Cell[] => [
    thread.role,
    stateText(thread),
    thread.load,
    thread.cpuWait,
    thread.niceness,
    megabyte(thread.heapUsedBytes),
    megabyte(thread.heapLimitBytes),
    thread.scavenges,
    millisecond(thread.scavengeUs),
    thread.majorCollections,
    millisecond(thread.majorCollectionUs),
    tenths(thread.collectionUsMax),
    perMinute(thread, uptimeMs),
    thread.longTurns,
    thread.starts,
  ])
  return textTable([head, ...rows], [1])
}

/** Collections of any kind, since the start of the process. */
function perMinute({ scavenges, majorCollections }: ThreadReport, uptimeMs: number | null): number | null {
  if (scavenges === null || majorCollections === null || uptimeMs === null) return null
  return Math.round(((scavenges + majorCollections) / Math.max(1, uptimeMs)) * 60_000)
}

function stateText({ state, silentMs }: ThreadReport): string {
  const isSilent = state === 'running' && (silentMs ?? 0) > SILENT_MS
  return isSilent ? `${state}, silent for ${seconds(silentMs ?? 0)}` : state
}

/** Every thread beats four times a second. */
const SILENT_MS = 2_000

function laneLines({ lanes }: StatReport): string[] {
  const { tradeLog, depthRings, stateBoard, bookBoard } = lanes
  const rings = depthRings.map(({ shard, usedBytes, capacityBytes, usedShare, oldestAgeMs }): Cell[] => [
    `depth ring ${shard}`,
    `${megabyte(usedBytes)} of ${megabyte(capacityBytes)} MB, ${Math.round((usedShare ?? 0) * 100)} % full, the oldest ${seconds(oldestAgeMs ?? 0)} old`,
  ])
  const age = tradeLog.newestAgeMs === null ? '' : `, the newest ${seconds(tradeLog.newestAgeMs)} old`
  return textTable(
    [
      ['lane', 'fill'],
      [
        'trade log',
        `${tradeLog.usedRecords} of ${tradeLog.capacityRecords} records, ${tradeLog.newestSequence} so far${age}`,
      ],
      ...rings,
      ['state board', `${stateBoard.writtenCells} of ${stateBoard.cells} cells written`],
      ['book board', `${bookBoard.writtenCells} of ${bookBoard.cells} cells written`],
    ],
    [1],
  )
}

function linkLines({ links }: StatReport): string[] {
  const others = links.list.filter(({ state }) => state !== 'live')
  return [
    `links: ${links.live} live, ${links.down} down, ${links.starting} starting`,
    ...textTable(
      others.map((link): Cell[] => [`  ${link.product}`, link.kind, ...statusCells(link)]),
      [1, 2, 3, 4],
    ),
  ]
}

function bookLines({ books }: StatReport): string[] {
  const shown = books.notLive.slice(0, BOOKS_SHOWN)
  const omitted = books.notLive.length - shown.length + books.notLiveOmitted
  return [
    `books: ${books.live} live, ${books.stale} stale, ${books.starting} starting`,
    ...textTable(
      shown.map((book): Cell[] => [`  ${book.product}`, book.symbol, ...statusCells(book)]),
      [1, 2, 3, 4],
    ),
    ...(omitted > 0 ? [`  and ${omitted} more`] : []),
  ]
}

function statusCells({ state, reason, since }: LinkReport | BookReport): Cell[] {
  return [state, reason, since === null ? '' : `since ${since}`]
}

function clientLines({ clients }: StatReport): string[] {
  const total = clients.gateways.map(({ role, clientsConnected }) => `${clientsConnected} on ${role}`).join(', ')
  const shown = clients.list.slice(0, CLIENTS_SHOWN)
  const omitted = clients.list.length - shown.length + clients.listOmitted
  const head = [
    '  address',
    'gateway',
    'form',
    'acks',
    'for',
    'kB/s',
    'lag',
    'lag ms',
    'dirty',
    'missed',
    'credit kB',
    'in flight',
    'unacked',
    'rtt ms',
  ]
  const rows = shown.map(clientCells)
  return [
    `clients: ${total}`,
    ...(rows.length === 0 ? [] : textTable([head, ...rows], [1, 2, 3])),
    ...(omitted > 0 ? [`  and ${omitted} more`] : []),
  ]
}

function clientCells(client: ClientReport): Cell[] {
  return [
    `  ${client.address}`,
    client.gateway,
    client.format,
    client.hasAnswered ? client.acknowledgesBy : 'none',
    uptime(client.connectedMs),
    kilobyte(client.bytesPerS),
    client.lagRecords,
    client.lagMs,
    client.dirtyCells,
    client.recordsMissed,
    kilobyte(client.creditBytes),
    kilobyte(client.inFlightBytes),
    kilobyte(client.unacknowledgedBytes),
    client.minRttUs === null ? null : client.minRttUs / 1_000,
  ]
}

/** Those that are not 0. */
function counterLines(
  title: string,
  report: StatReport,
  before: StatReport | undefined,
  isWanted: (name: string) => boolean,
): string[] {
  const passedS = before === undefined ? 0 : (Date.parse(report.at) - Date.parse(before.at)) / 1_000
  const last = (before?.counters ?? {}) as Readonly<Record<string, CounterReport>>
  const rows = Object.entries(report.counters)
    .filter(([name, { value }]) => isWanted(name) && value !== 0)
    .map(([name, { value, unit, about, kind }]): Cell[] => {
      const isRate = passedS > 0 && kind === 'counter' && last[name] !== undefined
      const rate = isRate ? `${Math.round((value - (last[name]?.value ?? 0)) / passedS)}/s` : ''
      return [name, value, rate, `${unit} ${about}`]
    })
  return rows.length === 0 ? [] : textTable([[title, '', '', ''], ...rows], [3])
}

function uptime(ms: number | null): string {
  if (ms === null) return '–'
  const s = Math.floor(ms / 1_000)
  if (s < 120) return `${s} s`
  const minutes = Math.floor(s / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '–' : `${megabyte(bytes)} MB`
}

function megabyte(bytes: number | null): number | null {
  return bytes === null ? null : Math.round(bytes / 1e5) / 10
}

function kilobyte(bytes: number | null): number | null {
  return bytes === null ? null : Math.round(bytes / 100) / 10
}

/** Milliseconds. */
function tenths(us: number | null): number | null {
  return us === null ? null : Math.round(us / 100) / 10
}

function millisecond(us: number | null): number | null {
  return us === null ? null : Math.round(us / 1_000)
}
