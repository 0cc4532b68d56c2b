// The long form of the virtual hour: with STRESS=long a day of a new seed, in which connections reach their rotation; otherwise
// ten minutes of a fixed one. STRESS_SEED repeats a run.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runText } from './run-text.js'
import { runVirtually } from './virtual-run.js'

const IS_LONG = process.env['STRESS'] === 'long'
const SECONDS = IS_LONG ? 86_400 : 600
const SEED = Number(process.env['STRESS_SEED'] ?? (IS_LONG ? Date.now() % 1_000_000_007 : 77))

test(`after ${SECONDS} s no trade is lost without a gap frame, no book was wrong, all is current; STRESS_SEED=${SEED}`, async t => {
  const { user } = process.cpuUsage()
  const report = await runVirtually({ seed: SEED, seconds: SECONDS })
  t.diagnostic(runText(report, SECONDS, (process.cpuUsage().user - user) / 1e6))
  const { findings, findingCount } = report.verdict
  assert.equal(findingCount, 0, findings.join('\n'))
})
