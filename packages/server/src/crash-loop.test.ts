// Threads that exit again and again, in a real process of threads on venues that do not answer.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { EXITS_MAX } from './restart-policy.js'
import { plantLiveBooks } from './test/planted-books.js'
import {
  inTime,
  restartsIn,
  sleep,
  statusOf,
  stopped,
  supervisorWith,
  until,
  WITHOUT_ADMIN,
} from './test/supervisor-fixture.js'

/** Longer than the longest backoff before a crash loop, the start included. */
const RESTART_MS = 10_000

test('a shard that exits six times within a minute waits, its books withheld; everything else goes on', async () => {
  const { supervisor, topology, lanes, lines } = supervisorWith({ L2_WORKERS: '2', ...WITHOUT_ADMIN })
  const port = await supervisor.start()
  for (let exit = 1; exit <= EXITS_MAX; exit += 1) {
    supervisor.killL2(1)
    await until(() => restartsIn(lines).length === exit, `restart ${exit}`, RESTART_MS)
  }
  // What the last start reported must not follow what this test plants.
  await sleep(300)
  plantLiveBooks(lanes.bookBoard)
  supervisor.killL2(1)
  const isLoop = (): boolean =>
    lines.some(({ message }) => message === 'thread is in a crash loop, tried once a minute')
  await until(isLoop, 'the crash loop is reported', 2_000)
  await sleep(2_000)
  const reader = new BoardReader(lanes.bookBoard)
  reader.scan([])
  for (const [cell, { status, reason, json }] of reader.copies.entries()) {
    const { instrument } = reader.cells[cell] ?? assert.fail()
    if (topology.shardOfInstrument[instrument] !== 1) assert.equal(status, CellStatus.live)
    else assert.deepEqual([status, reason, json.length], [CellStatus.stale, StatusReason.workerRestart, 0])
  }
  assert.deepEqual(
    restartsIn(lines),
    Array.from({ length: EXITS_MAX }, () => 'l2-1'),
    'no other thread exited',
  )
  assert.equal(await statusOf(port, '/healthz'), 200)
  await stopped(supervisor)
})

test('ingest that exits six times within a minute ends the process, with the reason', async () => {
  const { supervisor, lines } = supervisorWith(WITHOUT_ADMIN)
  await supervisor.start()
  for (let exit = 1; exit <= EXITS_MAX; exit += 1) {
    supervisor.killIngest()
    await until(() => restartsIn(lines).length === exit, `restart ${exit}`, RESTART_MS)
  }
  supervisor.killIngest()
  const { code, message } = await inTime(supervisor.failed, 2_000, 'the end')
  assert.equal(code, 'ERR_CRASH_LOOP')
  assert.match(message, /^thread ingest is in a crash loop, last exit: /)
  await stopped(supervisor)
})
