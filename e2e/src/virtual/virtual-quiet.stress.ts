// The `quiet` profile of the simulator in virtual time, without a fault: no instrument is taken for silent. With STRESS=long ten hours,
// otherwise four minutes. STRESS_SEED repeats a run.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scenarioOf } from '@tradelane/venue-sim/schedule/scenario'
import { runText } from './run-text.js'
import { runVirtually } from './virtual-run.js'

const IS_LONG = process.env['STRESS'] === 'long'
const SECONDS = IS_LONG ? 36_000 : 240
const SEED = Number(process.env['STRESS_SEED'] ?? (IS_LONG ? Date.now() % 1_000_000_007 : 78))
const BOOK_COUNT = 8

test(`in ${SECONDS} s of the quiet profile no instrument is taken for silent; STRESS_SEED=${SEED}`, async t => {
  const { user } = process.cpuUsage()
  const quiet = scenarioOf('quiet')
  const rates = { ...quiet, deltasPerSecond: quiet.deltasPerSecond(0, BOOK_COUNT) }
  const report = await runVirtually({ seed: SEED, seconds: SECONDS, faults: [], rates })
  t.diagnostic(runText(report, SECONDS, (process.cpuUsage().user - user) / 1e6))
  const { findings, freshLooks, withheldLooks, tradesJudged } = report.verdict
  assert.equal(report.counts['silencesWhileTrading'], 0)
  assert.equal(withheldLooks, 0)
  // A hundred trades a second are more than the slow client can read.
  assert.deepEqual(
    findings.filter(text => !text.includes(' slow: ')),
    [],
  )
  assert.ok(freshLooks > 4 * BOOK_COUNT * (SECONDS - 60) && tradesJudged > 50 * SECONDS)
})
