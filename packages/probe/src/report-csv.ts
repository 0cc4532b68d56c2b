// A probe's report as CSV (RFC 4180): a line per server, product and kind, for a spreadsheet or a script.

import { WIRE_KINDS } from '@tradelane/shared/market/nouns'
import type { ProbeReport } from './probe-report.js'

const HEAD = ['url', 'product', 'kind', 'frames', 'measured', 'p50_ms', 'p95_ms', 'p99_ms', 'p999_ms', 'max_ms']

export function csvOf({ targets }: ProbeReport): string {
  const rows = targets.flatMap(({ url, products }) =>
    products.flatMap(({ label, frames, received }) =>
      WIRE_KINDS.filter(kind => frames[kind] > 0).map(kind => {
        const { count = 0, p50Us, p95Us, p99Us, p999Us, maxUs } = received[kind] ?? {}
        const latencies = [p50Us, p95Us, p99Us, p999Us, maxUs].map(us => (us === undefined ? '' : us / 1_000))
        return [url, label, kind, frames[kind], count, ...latencies]
      }),
    ),
  )
  return [HEAD, ...rows].map(row => `${row.map(field).join(',')}\r\n`).join('')
}

function field(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
