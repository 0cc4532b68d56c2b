// A probe's report as text for a terminal: per server what came of each kind, how fast, what the checks found, and one line
// that begins with PASS or FAIL.

import { WIRE_KINDS, type WireKind } from '@tradelane/shared/market/nouns'
import type { Percentiles } from './latency.js'
import type { LedgerTotals } from './ledger.js'
import { areLatenciesVoid, type ProbeReport, type ProductReport, type TargetReport } from './probe-report.js'
import { STOLEN_SHARES } from './stolen-shares.js'

export function formatReport(report: ProbeReport): string {
  const { seconds, stolenShare, failures } = report
  const lines = report.targets.flatMap(target => targetLines(target, seconds))
  if (stolenShare !== null && stolenShare >= STOLEN_SHARES.p99) {
    const percent = (stolenShare * 100).toFixed(1)
    lines.push(
      `  The hypervisor of this machine took ${percent} % of its processor time: trades that were due then are late.`,
    )
  }
  lines.push(...failures.map(failure => `  ✗ ${failure}`))
  lines.push(failures.length === 0 ? 'PASS' : `FAIL: ${failures.length} expectations were not met`)
  return `${lines.join('\n')}\n`
}

const KIND_HEADS: Readonly<Record<WireKind, string>> = {
  trade: 'trade',
  liquidation: 'liq',
  open_interest: 'oi',
  cumulative_volume_delta: 'cvd',
  order_book_l1: 'l1',
  order_book_l2: 'l2',
}

function targetLines(target: TargetReport, seconds: number): string[] {
  const megabytes = (target.bytes / 1_000_000).toFixed(1)
  const clients = `${target.clients} client${target.clients === 1 ? '' : 's'}, ${target.measuredClients} measured`
  return [
    `${target.url}: ${clients}, ${seconds} s, ${thousands(target.frames)} frames, ${megabytes} MB`,
    '',
    ...table([
      ['frames', ...WIRE_KINDS.map(kind => KIND_HEADS[kind]), 'books'],
      ...target.products.map(product => [
        product.label,
        ...WIRE_KINDS.map(kind => thousands(product.frames[kind])),
        product.books.join(' '),
      ]),
    ]),
    '',
    ...table([
      ['latency, ms', 'count', 'p50', 'p95', 'p99', 'p99.9', 'max'],
      ...target.products.flatMap(latencyRows),
      ...totalRow(target),
    ]),
    '',
    ...checkLines(target),
    '',
  ]
}

function latencyRows(product: ProductReport): string[][] {
  const rows: [string, Percentiles | null | undefined][] = [
    ['trade, receive → client', product.received.trade],
    ['trade, scheduled → client', product.scheduled],
    ['l1, receive → client', product.received.order_book_l1],
    ['l2, receive → client', product.received.order_book_l2],
  ]
  return rows.flatMap(([name, percentiles]) =>
    percentiles === null || percentiles === undefined ? [] : [[`${product.label} ${name}`, ...figures(percentiles)]],
  )
}

function totalRow({ products, received }: TargetReport): string[][] {
  return products.length < 2 || received === null
    ? []
    : [['all products trade, receive → client', ...figures(received)]]
}

function figures(percentiles: Percentiles): string[] {
  const { p50Us, p95Us, p99Us, p999Us, maxUs } = percentiles
  return [thousands(percentiles.count), ...[p50Us, p95Us, p99Us, p999Us, maxUs].map(us => (us / 1_000).toFixed(2))]
}

function checkLines({ schema, sequence, overtaken, gaps, statuses, journal }: TargetReport): string[] {
  const lines = [
    `schema: ${thousands(schema.checked)} frames checked, ${schema.faultCount} faults`,
    `sequence: ${sequence.missed} missed, ${sequence.disordered} out of order`,
    `priority: ${overtaken} trades behind a newer book`,
    `gap frames: ${gaps.overrunCount} overrun (${gaps.overrunMissed} records), ${gaps.upstreamCount} upstream, ${gaps.restartCount} restart`,
    `status frames: ${statuses.live} live, ${statuses.stale} stale, ${statuses.down} down`,
  ]
  if (journal === null) return lines
  const { books, senderLateness } = journal
  lines.push(totalsLine('trades', journal.trades), totalsLine('liquidations', journal.liquidations))
  lines.push(
    `journal, books: ${thousands(books.checked)} compared, ${thousands(books.matched)} equal (${thousands(books.matchedInBase)} in base currency), ${books.mismatched} different, ${books.unmatched} unknown`,
  )
  if (senderLateness !== null) {
    const { p99Us, maxUs } = senderLateness
    const isVoid = areLatenciesVoid(journal) ? ': too late, the latencies of this run are void' : ''
    lines.push(
      `simulator lateness: p99 ${(p99Us / 1_000).toFixed(2)} ms, max ${(maxUs / 1_000).toFixed(2)} ms${isVoid}`,
    )
  }
  return lines
}

function totalsLine(noun: string, totals: LedgerTotals): string {
  const { received, expected, lost, announced, doubled, disordered, unknown, altered } = totals
  return `journal, ${noun}: ${thousands(received)} received, ${thousands(expected)} expected, ${lost} lost, ${announced} missing and announced, ${doubled} twice, ${disordered} out of order, ${unknown} unknown, ${altered} altered`
}

/** First and last columns with words are aligned left, figures right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map(row => row.length))
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0
      const isWords = column === 0 || (rows[0]?.[column] === 'books' && column === columns - 1)
      return isWords ? cell.padEnd(width) : cell.padStart(width)
    })
    return `  ${cells.join('  ')}`.trimEnd()
  })
}

function thousands(count: number): string {
  return count.toLocaleString('en-US')
}
