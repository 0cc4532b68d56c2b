// The promise, end to end and short (the long forms are `tradelane probe … --seconds 60`): with ten clients, no trade is
// lost, doubled or out of order, every book emission equals the simulator's true top 50 at its sequence, and latency stays
// inside the specified limits, in `normal` and in `burst`, with one and two L2 shards, and with L2 workers dying.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProbe } from '../probe/probe.js'
import type { ProbeReport } from '../probe/probe-report.js'
import { formatReport } from '../probe/report-text.js'
import { type DemoOptions, type DemoProcess, startDemo } from './demo-process.js'

const SECONDS = 8

const CASES: readonly { name: string; demo: DemoOptions; clients: number }[] = [
  { name: 'normal rates, one shard', demo: { scenario: 'normal', env: { L2_WORKERS: '1' } }, clients: 10 },
  { name: 'bursts, two shards', demo: { scenario: 'burst', env: { L2_WORKERS: '2' } }, clients: 10 },
]

for (const { name, demo: options, clients } of CASES) {
  test(`${name}: nothing lost, every book exact, p50 < 2, p95 < 15, p99 < 20 ms`, { timeout: 120_000 }, async t => {
    const demo = await startDemo(options)
    try {
      const report = await probe(demo, clients)
      t.diagnostic(formatReport(report))
      assert.deepEqual(report.failures, [])
    } finally {
      await demo.stop()
    }
  })
}

test('an L2 worker killed every 2 s loses no trade, and books come back exact', { timeout: 120_000 }, async t => {
  const demo = await startDemo({ scenario: 'burst', args: ['--fault', 'kill-l2'] })
  try {
    const report = await probe(demo, 4)
    t.diagnostic(formatReport(report))
    assert.match(demo.output(), /l2-0/)
    assert.deepEqual(report.failures, [])
  } finally {
    await demo.stop()
  }
})

async function probe(demo: DemoProcess, clients: number): Promise<ProbeReport> {
  return await runProbe({ urls: [demo.url], seconds: SECONDS, clients, journal: demo.journal, sim: demo.simUrl })
}
