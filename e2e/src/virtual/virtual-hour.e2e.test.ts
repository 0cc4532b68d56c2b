// An hour of trading in virtual time with all kinds of faults, and that a run depends on its seed only. SEED selects another run;
// JOURNAL names a file for the journal of the hour.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { FAULT_KINDS, SILENCE_KINDS, SPOIL_KINDS } from './fault-script.js'
import { runText } from './run-text.js'
import { type RunReport, runVirtually } from './virtual-run.js'

const DEFAULT_SEED = 20_261_129
const SEED = Number(process.env['SEED'] ?? DEFAULT_SEED)
const JOURNAL = process.env['JOURNAL']
const HOUR_S = 3_600
const SHORT_S = 240

test(`after an hour no trade is lost without a gap frame, no book was wrong, all is current; seed ${SEED}`, async t => {
  const { user } = process.cpuUsage()
  const report = await runVirtually({ seed: SEED, seconds: HOUR_S, journalPath: JOURNAL })
  t.diagnostic(runText(report, HOUR_S, (process.cpuUsage().user - user) / 1e6))
  assert.equal(report.verdict.findingCount, 0, report.verdict.findings.join('\n'))
  if (SEED === DEFAULT_SEED) assertEnoughHappened(report)
})

test('the same seed gives the same run byte for byte, whatever clocks and random numbers this machine has', async t => {
  const { digest } = await runVirtually({ seed: SEED, seconds: SHORT_S })
  mockMachine(t)
  assert.equal((await runVirtually({ seed: SEED, seconds: SHORT_S })).digest, digest)
  const { digest: other, verdict } = await runVirtually({ seed: SEED + 1, seconds: SHORT_S })
  assert.notEqual(other, digest, 'another seed gives another run')
  assert.equal(verdict.findingCount, 0, verdict.findings.join('\n'))
})

/** The run must contain every fault and consequence, and enough that was judged. */
function assertEnoughHappened({ verdict, counts }: RunReport): void {
  const least = (name: string, count: number): void =>
    assert.ok((counts[name] ?? 0) >= count, `${name}: ${counts[name]} is less than ${count}`)
  // About 50 a second, less those of halted instruments.
  least('venueFrames', 48 * HOUR_S)
  for (const name of ['clientsStalled', 'bookPauses', 'fellBehind', 'rest429', 'rest418']) least(name, 1)
  least('acks', 20 * HOUR_S)
  assert.equal(counts['acksInvalid'], 0)
  for (const name of ['recordsMissed', 'upstreamGaps', 'bookGaps', ...FAULT_KINDS, ...SPOIL_KINDS]) least(name, 5)
  for (const name of SILENCE_KINDS) least(name, 5)
  least('silences', 10)
  least('clock step', 5)
  for (const name of ['halt', 'delisting']) least(name, 2)
  least('late listing', 1)
  assert.ok(verdict.tradesJudged > 25_000 && verdict.liquidationsJudged > 2_000 && verdict.booksJudged > 40_000)
  assert.ok(verdict.freshLooks > 30_000 && verdict.withheldLooks > 1_000 && verdict.announced > 500)
}

/** Timers and random numbers of this machine are refused, its clocks return meaningless values. */
function mockMachine(t: TestContext): void {
  let readings = 0
  const refuse = (): never => assert.fail('a run uses none of these')
  t.mock.method(Math, 'random', refuse)
  t.mock.method(globalThis, 'setTimeout', refuse)
  t.mock.method(globalThis, 'setInterval', refuse)
  t.mock.method(globalThis, 'setImmediate', refuse)
  t.mock.method(Date, 'now', () => 1e12 + ((readings++ * 7_919) % 86_400_000))
  t.mock.method(performance, 'now', () => (readings++ * 104_729) % 3_600_000)
}
