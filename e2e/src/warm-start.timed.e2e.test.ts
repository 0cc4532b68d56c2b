// A start with warm-up, as a user makes it: in time, without a trace, with the engine's threads below those that carry trades.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatReport } from '@tradelane/admin/stat/stat-report'
import { StolenTime } from '@tradelane/shared/thread/stolen-time'
import { freePort, Program, until } from './program.js'

/** Without the share that a hypervisor took of the processors meanwhile. */
const START_MS_MAX = 3_000
const HELPER_NICE = 5
const DEAD_SIMULATOR = 'ws://127.0.0.1:1'
/** Every sample counts as one or more of these. */
const OF_SAMPLES = [
  'framesReceived',
  'connects',
  'tradesPublished',
  'statesPublished',
  'l2FramesForwarded',
  'booksPublished',
  'framesSent',
  'bytesSent',
  'clientsTotal',
  'pings',
  'pongs',
]

test('the second start opens its port in time, warm, and has counted nothing', async t => {
  for (const round of ['first', 'second']) {
    const port = await freePort()
    const startMs = performance.now()
    const stolen = new StolenTime()
    stolen.start()
    const program = new Program(['serve', '--sim', DEAD_SIMULATOR, '--ws-addr', `127.0.0.1:${port}`])
    try {
      await program.untilReady(`http://127.0.0.1:${port}/healthz`)
      stolen.end()
      const ms = performance.now() - startMs
      const share = stolen.share ?? 0
      t.diagnostic(`${round} start: ${Math.round(ms)} ms, ${(share * 100).toFixed(0)} % of them stolen`)
      if (round === 'first') continue
      assert.ok(ms * (1 - share) < START_MS_MAX, `${ms} ms`)
      const report = await reportOf(program)
      const counts = OF_SAMPLES.map(name => [name, report.counters[name as 'pongs'].value])
      assert.deepEqual(
        counts,
        OF_SAMPLES.map(name => [name, 0]),
      )
      assert.equal(report.lanes.tradeLog.newestSequence, 0)
      if (process.platform !== 'linux') continue
      const nicenessOf = (role: string): unknown => report.threads.find(thread => thread.role === role)?.niceness
      assert.deepEqual(['supervisor', 'ingest', 'gateway-0', 'helpers'].map(nicenessOf), [0, 0, 0, HELPER_NICE])
    } finally {
      await program.stop()
    }
  }
})

async function reportOf(program: Program): Promise<StatReport> {
  const urlOf = (): string | undefined => /^Serving on (https?:\S+)/m.exec(program.output)?.[1]
  await until(() => urlOf() !== undefined, 'the admin pages are served')
  return (await (await fetch(`${urlOf()}/stat`)).json()) as StatReport
}
