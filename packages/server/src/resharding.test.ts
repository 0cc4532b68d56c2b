// The number of L2 workers changes while everything else runs, under the real supervisor, on venues that do not answer.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { BoardReader } from '@tradelane/shared/lanes/board-reader'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { ThreadCell, ThreadState } from '@tradelane/shared/thread/parking'
import { plantLiveBooks } from './test/planted-books.js'
import { connect, inTime, sleep, statusOf, stopped, supervisorWith, WITHOUT_ADMIN } from './test/supervisor-fixture.js'
import { settledThreadCount, skipWithoutProc, threadCountAtRest } from './test/thread-count.js'

const RESHARD_MS_MAX = 12_000

const warnings: Error[] = []
process.on('warning', warning => warnings.push(warning))
after(() => assert.deepEqual(warnings, [], 'no leaked listeners'))

test('workers come and go while clients stay; every book is withheld, and no other thread is started again', {
  skip: skipWithoutProc,
}, async () => {
  const atRest = await threadCountAtRest()
  const { supervisor, lanes, lines } = supervisorWith({ GATEWAYS: '2' })
  const port = await supervisor.start()
  const client = await connect(port)
  let isGone = false
  void client.closeCode.then(() => {
    isGone = true
  })
  const threadsBefore = await settledThreadCount()
  for (const l2Workers of [3, 2, 4, 1]) {
    const reader = await inTime(untilAllLive(lanes.bookBoard), RESHARD_MS_MAX, 'the books are live')
    await inTime(supervisor.reshard(l2Workers), RESHARD_MS_MAX, 'the resharding')
    assert.deepEqual(
      supervisor.roles,
      ['ingest', 'gateway-0', 'gateway-1', 'admin'].concat(
        Array.from({ length: l2Workers }, (_, shard) => `l2-${shard}`),
      ),
    )
    assert.equal(supervisor.shards.length, l2Workers)
    for (let shard = 0; shard < l2Workers; shard += 1) {
      assert.equal(new ThreadCell(lanes.control, 4 + shard).state(), ThreadState.running)
    }
    reader.scan([])
    assert.ok(reader.copies.every(({ status }) => status === CellStatus.stale))
    assert.ok(reader.copies.every(({ json }) => json.length === 0))
    // The second where a new worker already knows that no venue answers.
    const reasons = new Set<number>([StatusReason.workerRestart, StatusReason.disconnected])
    for (const { reason } of reader.copies) assert.ok(reasons.has(reason), `reason ${reason}`)
  }
  assert.ok((await settledThreadCount(threadsBefore)) <= threadsBefore, 'as many threads as with one worker before')
  assert.equal(isGone, false)
  assert.equal(await statusOf(port, '/healthz'), 200)
  assert.ok(!lines.some(({ message }) => message.startsWith('thread ')), 'no thread exited')
  await stopped(supervisor)
  assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
})

test('the last of several requests holds, also while workers die; the number there is already changes nothing', async () => {
  const { supervisor, lines } = supervisorWith(WITHOUT_ADMIN)
  await supervisor.start()
  const resharded = Promise.all([3, 1, 4].map(l2Workers => supervisor.reshard(l2Workers)))
  for (let step = 0; step < 20; step += 1) {
    supervisor.killL2(step % 4)
    await sleep(20)
  }
  await inTime(resharded, 2 * RESHARD_MS_MAX, 'the resharding')
  assert.deepEqual(supervisor.shards, [0, 1, 2, 3])
  const reshardings = (): number => lines.filter(({ message }) => message === 'resharding books').length
  assert.equal(reshardings(), 3)
  await supervisor.reshard(4)
  assert.equal(reshardings(), 3)
  await stopped(supervisor)
})

test('asked for before the start is over, it happens after it', async () => {
  const { supervisor } = supervisorWith(WITHOUT_ADMIN)
  const started = supervisor.start()
  await inTime(supervisor.reshard(2), RESHARD_MS_MAX, 'the resharding')
  assert.equal(await statusOf(await started, '/healthz'), 200)
  assert.deepEqual(supervisor.shards, [0, 1])
  await stopped(supervisor)
})

for (const delayMs of [0, 10, 150]) {
  test(`stopped ${delayMs} ms into it, it leaves nothing behind`, { skip: skipWithoutProc }, async () => {
    const atRest = await threadCountAtRest()
    const { supervisor } = supervisorWith({ L2_WORKERS: '2', ...WITHOUT_ADMIN })
    await supervisor.start()
    const resharded = supervisor.reshard(3)
    await sleep(delayMs)
    await stopped(supervisor)
    await inTime(resharded, RESHARD_MS_MAX, 'it ends')
    assert.ok((await settledThreadCount(atRest)) <= atRest, 'no thread is left over')
  })
}

test('where the books have no thread of their own, the log says that a restart is needed', async () => {
  const { supervisor, lines } = supervisorWith({ ISOLATION: 'off' })
  const port = await supervisor.start()
  await supervisor.reshard(3)
  assert.ok(lines.some(({ message }) => message.startsWith('L2_WORKERS needs a restart')))
  assert.deepEqual(supervisor.roles, ['ingest+l2-0+gateway-0', 'admin'])
  assert.equal(await statusOf(port, '/healthz'), 200)
  await stopped(supervisor)
})

/** Resolves to the reader that saw it. A worker may just have been about to say of a book that no venue answers. */
async function untilAllLive(board: SharedArrayBuffer): Promise<BoardReader> {
  for (;;) {
    plantLiveBooks(board)
    const reader = new BoardReader(board)
    reader.scan([])
    if (reader.copies.every(({ status }) => status === CellStatus.live)) return reader
    await sleep(10)
  }
}
