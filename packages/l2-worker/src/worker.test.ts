import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DepthRecordKind } from '@tradelane/shared/lanes/depth-ring'
import { CellStatus, StatusReason } from '@tradelane/shared/market/nouns'
import { niceOfThreads, skipWithoutThreadNice } from '@tradelane/shared/thread/test/thread-nice'
import { BEHIND_MS_MAX } from './limits.js'
import { THROTTLE_MS } from './test/shard-start.js'
import { TestShard } from './test/test-shard.js'
import { DIALECTS } from './test/true-market.js'

const { linkDown, stream, rest } = DepthRecordKind

test('before the first connection the books are withheld as starting, since the start, also after the end of a worker', async () => {
  const shard = new TestShard()
  const expectStarting = (): void => {
    shard.scan()
    const seen = shard.cells.map(({ status, reason, version }) => ({ status, reason, version }))
    const first = { status: CellStatus.stale, reason: StatusReason.starting, version: 1 }
    assert.deepEqual(seen, Array(DIALECTS.length).fill(first))
  }
  await shard.start()
  expectStarting()
  await shard.stop()
  expectStarting()
  await shard.start()
  expectStarting()
  await shard.kill()
  await shard.start()
  expectStarting()
  await shard.stop()
})

test('a book that is stale when its worker ends is stale since then, not since the start of its successor', async () => {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  shard.giveAll(linkDown)
  await shard.until(() => shard.cells.every(cell => cell.reason === StatusReason.disconnected))
  const sinceUs = shard.cells.map(cell => cell.sinceUs)
  await shard.kill()
  await shard.start()
  await shard.until(() => shard.cells.every(cell => cell.reason === StatusReason.workerRestart))
  assert.deepEqual(
    shard.cells.map(cell => cell.sinceUs),
    sinceUs,
  )
  await shard.stop()
})

test('frames go in, exact books come out, and the last ones are not lost', async () => {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  for (let step = 0; step < 1_500; step += 1) {
    shard.stepAll()
    if (step % 20 === 0) await sleep(1)
    shard.expectTrue()
  }
  await shard.untilCurrent()
  const seen = shard.cells.map(cell => ({
    status: cell.status,
    reason: cell.reason,
    msgpackBytes: cell.msgpack.length,
  }))
  assert.deepEqual(
    seen,
    Array(DIALECTS.length).fill({ status: CellStatus.live, reason: StatusReason.exact, msgpackBytes: 0 }),
  )
  await shard.stop()
})

test('a book is emitted at most once per interval, and its last state soon after', async () => {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  const sequences = new Set<number>()
  const startedMs = performance.now()
  while (performance.now() - startedMs < 500 || (sequences.size <= 3 && performance.now() - startedMs < 10_000)) {
    shard.stepAll()
    await sleep(1)
    shard.expectTrue()
    sequences.add(shard.cells[0]!.sequence)
  }
  const emissionsMax = 1 + Math.ceil((performance.now() - startedMs) / THROTTLE_MS)
  assert.ok(sequences.size <= emissionsMax, `${sequences.size} emissions, at most ${emissionsMax}`)
  assert.ok(sequences.size > 3)
  await shard.untilCurrent()
  await shard.stop()
})

test('a gap, a cut and a lost frame withhold the book; it comes back exact', async () => {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  for (const reason of [StatusReason.sequenceGap, StatusReason.disconnected] as const) {
    shard.isAnswering = false
    if (reason === StatusReason.sequenceGap) for (const market of shard.markets) market.step()
    else shard.giveAll(linkDown)
    if (reason === StatusReason.sequenceGap) shard.stepAll()
    await shard.until(() => shard.cells.every(cell => cell.status === CellStatus.stale && cell.reason === reason))
    assert.deepEqual(
      shard.cells.map(cell => cell.json.length),
      DIALECTS.map(() => 0),
    )
    shard.isAnswering = true
    if (reason === StatusReason.disconnected) shard.link()
    await shard.untilCurrent()
  }
  await shard.stop()
})

test('a book that waited too long in the ring is withheld; once caught up it is shown again, without a resync', async () => {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  const resyncs = shard.counters().bookResyncs
  shard.lateMs = BEHIND_MS_MAX + 500
  await shard.until(() => {
    // Something has to wait behind a turn: on a busy machine the worker may have read each step before the next one.
    if (shard.isCurrent) for (let step = 0; step < 200; step += 1) shard.stepAll()
    shard.scan()
    return shard.cells.every(cell => cell.reason === StatusReason.overload && cell.json.length === 0)
  })
  // More often where the ring runs empty between two of the steps.
  assert.ok(shard.counters().fellBehind >= 1)
  shard.lateMs = 0
  await shard.untilCurrent()
  assert.equal(shard.counters().bookResyncs, resyncs)
  await shard.stop()
})

test('with a msgpack client every live book goes out again in both forms', async () => {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  shard.gateway.addMsgpackClients(1)
  await shard.until(() => shard.cells.every(cell => cell.msgpack.length > 1_000))
  shard.gateway.addMsgpackClients(-1)
  await shard.until(() => {
    shard.stepAll()
    return shard.cells.every(cell => cell.msgpack.length === 0)
  })
  await shard.stop()
})

test('a worker killed under load leaves its books to a successor: stale at once, then exact again', async () => {
  const shard = new TestShard()
  await shard.start()
  for (let round = 0; round < 5; round += 1) {
    shard.link()
    await shard.untilCurrent()
    for (let step = 0; step < 200 + round * 7; step += 1) shard.stepAll()
    await shard.kill()
    // The records that the dead worker left in the ring must not reach the new books.
    shard.stepAll()
    await shard.start()
    await shard.until(() => shard.cells.every(cell => cell.reason === StatusReason.workerRestart))
    assert.deepEqual(
      shard.cells.map(cell => cell.json.length),
      DIALECTS.map(() => 0),
    )
  }
  shard.link()
  await shard.untilCurrent()
  await shard.stop()
})

test('an idle worker sleeps between its deadlines', async () => {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  const beats = shard.heartbeat()
  await sleep(500)
  const idleBeats = shard.heartbeat() - beats
  assert.ok(idleBeats > 0 && idleBeats < 100, `${idleBeats} turns`)
  await shard.stop()
})

test('the stop flag ends the task; its books are stale, not left live', async () => {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  const startedMs = performance.now()
  await shard.stop()
  assert.ok(performance.now() - startedMs < 2_000)
  shard.scan()
  assert.deepEqual(
    shard.cells.map(cell => cell.status),
    DIALECTS.map(() => CellStatus.stale),
  )
})

test('an L2 worker lowers the priority of its own thread and of no other', {
  skip: skipWithoutThreadNice,
}, async () => {
  const before = niceOfThreads()
  const shard = new TestShard()
  await shard.start()
  const after = niceOfThreads()
  const lowered = [...after].filter(([id, nice]) => nice === 10 && before.get(id) !== 10)
  assert.equal(lowered.length, 1)
  assert.ok([...before].every(([id, nice]) => !after.has(id) || after.get(id) === nice))
  await shard.stop()
})

test('garbage in the ring never ends the worker', async () => {
  const shard = new TestShard()
  await shard.start()
  shard.link()
  await shard.untilCurrent()
  const garbage = [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '"text"',
    '{"data":null}',
    '{"stream":1,"data":{"b":[[1,2]],"a":{}}}',
    '\u0000\ufffd',
    '{"topic":"orderbook.200.BTCUSDT","type":"delta","data":{"b":[["x","1"]],"a":[[]],"u":1}}',
    `[${'['.repeat(50_000)}`,
  ]
  for (const text of garbage) {
    shard.giveAll(stream, Buffer.from(text))
    shard.giveAll(rest, Buffer.from(text))
  }
  await shard.until(() => shard.counters().depthFramesMalformed >= garbage.length)
  shard.giveAll(linkDown)
  shard.link()
  await shard.untilCurrent()
  await shard.stop()
})

test('the worker loads neither uWebSockets.js nor ws', async () => {
  const program = fileURLToPath(new URL('./test/module-list.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 20_000 })
  const modules = JSON.parse(stdout) as string[]
  assert.ok(
    modules.some(name => name.endsWith('/l2-worker/dist/l2-agent.js')),
    'the list is empty',
  )
  assert.deepEqual(
    modules.filter(name => /uWebSockets|uws|\/ws\//.test(name)),
    [],
  )
})
