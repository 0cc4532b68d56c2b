import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithoutThreadNice as skip } from '@tradelane/shared/thread/test/thread-nice'
import type { NiceReport } from './test/nice-process.js'

const PROGRAM = fileURLToPath(new URL('./test/nice-process.js', import.meta.url))
const NOBODY = 65_534
const USUAL_POLICY = 0
const isRoot = process.getuid?.() === 0

test("without privilege the engine's threads run between trades and shards, and what restarts carries trades at 0", {
  skip,
}, t => {
  const report = reportOf(t, isRoot ? { uid: NOBODY, gid: NOBODY } : {})
  if (report === null) return
  const { before, after, helpers, policies } = report
  assert.ok(helpers.length >= 4, `${helpers}`)
  assert.deepEqual([...new Set(helpers)], [5])
  // A collection of any thread may wait for them: idle threads would get no processor while all are busy.
  assert.deepEqual([...new Set(policies)], [USUAL_POLICY])
  for (const each of [before, after]) {
    assert.deepEqual([each['ingest'], each['gateway-0'], each['l2-0']], [0, 0, 10])
  }
})

test("the engine's threads never run below the shards", { skip }, t => {
  const report = reportOf(t, { env: { ...process.env, L2_NICE: '2' } })
  assert.deepEqual([...new Set(report?.helpers)], [2])
  assert.equal(report?.before['l2-0'], 2)
})

test('TRADE_NICE raises the threads that carry trades where that is permitted', {
  skip: skip || (isRoot ? false : 'skipped: only root may raise a priority'),
}, t => {
  const report = reportOf(t, { env: { ...process.env, TRADE_NICE: '-3' } })
  for (const each of [report?.before, report?.after]) {
    assert.deepEqual([each?.['ingest'], each?.['gateway-0'], each?.['l2-0']], [-3, -3, 10])
  }
})

/** Null where the process cannot be run as another user. */
function reportOf(t: { skip(reason: string): void }, options: object): NiceReport | null {
  try {
    return JSON.parse(
      execFileSync(process.execPath, [PROGRAM], { encoding: 'utf8', cwd: '/', ...options }),
    ) as NiceReport
  } catch (error) {
    // Another user may not read this folder.
    if (!/EACCES|ERR_MODULE_NOT_FOUND|Cannot find/.test(String(error))) throw error
    t.skip(`skipped: ${String(error).split('\n')[0]}`)
    return null
  }
}
