import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProbeReport } from './probe-report.js'
import { csvOf } from './report-csv.js'

test('a line per server, product and kind that came; what CSV would misread is quoted', () => {
  const percentiles = { count: 7, p50Us: 500, p95Us: 1_000, p99Us: 2_000, p999Us: 3_000, maxUs: 4_500 }
  const frames = { trade: 9, liquidation: 0, open_interest: 2 }
  const product = { label: 'A "b" Spot', frames, received: { trade: percentiles } }
  const report = { targets: [{ url: 'ws://x/?a=1,2', products: [product] }] } as unknown as ProbeReport
  assert.deepEqual(csvOf(report).split('\r\n'), [
    'url,product,kind,frames,measured,p50_ms,p95_ms,p99_ms,p999_ms,max_ms',
    '"ws://x/?a=1,2","A ""b"" Spot",trade,9,7,0.5,1,2,3,4.5',
    '"ws://x/?a=1,2","A ""b"" Spot",open_interest,2,0,,,,,',
    '',
  ])
})
