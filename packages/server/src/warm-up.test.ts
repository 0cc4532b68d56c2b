// The warm-ups of all threads, on the start messages of a real topology.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { PriorityMerge } from '@tradelane/gateway/priority-merge'
import { warmUp as warmUpGateway } from '@tradelane/gateway/warm-up'
import { warmUp as warmUpIngest } from '@tradelane/ingest/warm-up'
import { warmUp as warmUpShard } from '@tradelane/l2-worker/warm-up'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { untilOthersAreWarm } from '@tradelane/shared/thread/warm-up'
import { readSettings } from './settings.js'
import { startOptionsOf } from './test/start-options.js'
import { gatewayStart, ingestStart, l2Start } from './thread-starts.js'
import type { ThreadSpec } from './topology.js'

const { settings } = readSettings({ WS_TRADES_BUFFER: '1000', WS_L2_BUFFER: '1000' })
/** As long as a start takes: its first third is spent on loading code and opening sockets. */
const LIMITS = { ms: settings.warmUpMs, isOver: () => false }
const options = startOptionsOf(settings)
const { topology, lanes } = options

const ingest = ingestStart(options, specOf('ingest'))
const gateway = gatewayStart(options, specOf('gateway'), 0)
const shard = l2Start(options, specOf('l2'), 0)

for (const [name, run] of [
  ['ingest', () => warmUpIngest(ingest, LIMITS)],
  ['a gateway', () => warmUpGateway(gateway, merge => new PriorityMerge(merge), LIMITS)],
  ['a shard', () => warmUpShard(shard, LIMITS)],
] as const) {
  test(`${name} warms up in time, on its real path, and leaves no trace`, async () => {
    const before = digestOfMemory()
    const resources = process.getActiveResourcesInfo().sort()
    const startMs = performance.now()
    const count = await run()
    const ms = performance.now() - startMs
    assert.ok(count > 100, `${count} events, frames or books`)
    assert.ok(ms < LIMITS.ms + 700, `${ms} ms`)
    assert.equal(digestOfMemory(), before, 'no shared memory has changed')
    await closed(resources)
  })
}

test('where a warm-up is switched off, or over at once, nothing is done', async () => {
  assert.equal(await warmUpIngest(ingest, { ms: 0, isOver: () => false }), 0)
  assert.equal(await warmUpIngest(ingest, { ms: 300, isOver: () => true }), 0)
  assert.equal(await warmUpShard(shard, { ms: 300, isOver: () => true }), 0)
})

test('a gateway waits for the threads that were started, and not for ever', async () => {
  const cells = [0, 1].map(index => new ThreadCell(lanes.control, index))
  for (const cell of cells) cell.clearForStart()
  let isResolved = false
  const waiting = untilOthersAreWarm({ ...gateway, warmUpMs: 300 }).then(() => {
    isResolved = true
  })
  cells[0]?.setWarm()
  await new Promise(resolve => setTimeout(resolve, 30))
  assert.equal(isResolved, false)
  cells[1]?.setWarm()
  await waiting
})

test('a thread that restarts is one that does not warm up', () => {
  const cell = new ThreadCell(lanes.control, 2)
  cell.clearForStart()
  cell.setWarm()
  assert.deepEqual([cell.isRestarted(), cell.isWarm()], [false, true])
  cell.clearForStart()
  assert.deepEqual([cell.isRestarted(), cell.isWarm()], [true, false])
})

function specOf(kind: string): ThreadSpec {
  return topology.threads.find(({ agents }) => agents[0]?.kind === kind) ?? assert.fail(kind)
}

function digestOfMemory(): string {
  const hash = createHash('sha256')
  for (const memory of Object.values(lanes).flat()) hash.update(new Uint8Array(memory))
  return hash.digest('hex')
}

/** Sockets close in the turns that follow. */
async function closed(resources: readonly string[]): Promise<void> {
  const deadlineMs = performance.now() + 2_000
  while (process.getActiveResourcesInfo().length > resources.length) {
    assert.ok(performance.now() < deadlineMs, `left open: ${process.getActiveResourcesInfo()}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
