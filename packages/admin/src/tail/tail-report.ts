// "Why was this trade late?", as data and as text for an operator.

import type { HopFigures, HopName } from '@tradelane/shared/trace/hop-histograms'
import type { HopBreakdown } from './hop-breakdown.js'

export interface TailReport {
  /** Since the start of the process, all threads together. */
  readonly hops: Readonly<Record<HopName, HopFigures>>
  readonly gateways: readonly GatewayTail[]
}

/** Of the trades that one gateway sent. */
export interface GatewayTail {
  readonly thread: string
  /** Of the last minute, from the venue's socket to the clients' sockets; the worst first. */
  readonly worst: readonly LateTradeReport[]
  /** Of the last minute, from the venue to its socket here, above the fastest of its product. */
  readonly worstArrivals: readonly LateTradeReport[]
}

export interface LateTradeReport {
  readonly seq: number
  /** ISO 8601: when its bytes were read, and the venue's time of it. */
  readonly received: string
  readonly venue: string
  readonly product: string
  readonly symbol: string
  readonly lateUs: number
  readonly clients: number
  /** By hop. Empty at first, until every thread has recorded its activities. */
  readonly account: readonly HopBreakdown[]
}

export function formatTail({ hops, gateways }: TailReport): string {
  const lines = ['Hops since the start, µs', row(['hop', 'trades', 'p50', 'p99', 'p99.9', 'max'])]
  for (const [name, { count, p50Us, p99Us, p999Us, maxUs }] of Object.entries(hops)) {
    lines.push(row([name, ...[count, p50Us, p99Us, p999Us, maxUs].map(String)]))
  }
  for (const { thread, worst, worstArrivals } of gateways) {
    lines.push('', `${thread}: worst of the last minute, from socket to sockets`, ...worst.flatMap(tradeLines))
    lines.push('', `${thread}: worst arrivals of the last minute, above the fastest`)
    lines.push(...worstArrivals.flatMap(tradeLines))
  }
  return `${lines.join('\n')}\n`
}

function row([name = '', ...figures]: readonly string[]): string {
  return name.padEnd(10) + figures.map(figure => figure.padStart(11)).join('')
}

function tradeLines(trade: LateTradeReport): string[] {
  const { lateUs, received, product, symbol, seq, clients, account } = trade
  const head = `${String(lateUs).padStart(9)} µs  ${received}  ${product} ${symbol}  seq ${seq}  ${clients} client(s)`
  return [head, ...account.map(hopLine)]
}

function hopLine({ hop, us, thread, doing, otherUs, isComplete }: HopBreakdown): string {
  const parts = doing.map(({ activity, times, us: withinUs, longestUs, items }) => {
    const more = times > 1 ? ` in ${times}, longest ${longestUs}` : ''
    return `${activity} ${withinUs}${more}${items > 0 ? ` (${items})` : ''}`
  })
  const text = [...parts, `other ${otherUs}`, ...(isComplete ? [] : ['incomplete'])].join(', ')
  return `${''.padEnd(13)}${hop.padEnd(8)} ${String(us).padStart(7)}  ${thread}: ${text}`
}
