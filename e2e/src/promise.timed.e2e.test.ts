// The promise, end to end and short (the long forms are `tradelane probe … --seconds 60`): no trade is lost, doubled or out of
// order, every book emission equals the simulator's true top 50 at its sequence, and latency stays inside the specified
// limits, in bursts, with two L2 shards, and with L2 workers killed. `patience.paced` has the same at normal rates.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startDemo } from './demo-process.js'
import { judgedProbe } from './judged-probe.js'

/** Of each round; an L2 worker is killed in each. */
const SECONDS = 5

test('bursts, two shards: nothing lost, every book exact, p50 < 2, p95 < 15, p99 < 20 ms', {
  timeout: 120_000,
}, async t => {
  const demo = await startDemo({ scenario: 'burst', env: { L2_WORKERS: '2' } })
  try {
    const { text, failures, unmeasured } = await judgedProbe(demo, 10, SECONDS)
    t.diagnostic(text)
    assert.deepEqual(failures, [])
    if (unmeasured !== null) t.skip(`unmeasured: ${unmeasured}`)
  } finally {
    await demo.stop()
  }
})

test('an L2 worker killed every 2 s loses no trade, and books come back exact', { timeout: 120_000 }, async t => {
  const demo = await startDemo({ scenario: 'burst', args: ['--fault', 'kill-l2'] })
  try {
    const { text, failures, unmeasured } = await judgedProbe(demo, 4, SECONDS)
    t.diagnostic(text)
    assert.match(demo.output(), /l2-0/)
    assert.deepEqual(failures, [])
    if (unmeasured !== null) t.skip(`unmeasured: ${unmeasured}`)
  } finally {
    await demo.stop()
  }
})
