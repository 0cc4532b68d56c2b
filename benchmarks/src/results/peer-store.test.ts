import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultyRun, figuresOf, goodRuns } from '../test/run-records.js'
import { PeerStore } from './peer-store.js'
import type { FaultBy, RunRecord } from './run-record.js'

const KEY = { scenario: 'normal', variant: 'nats', round: 1 }

test('what has its outcome is not measured again; what the machine spoiled or what broke is', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-store-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'peers.json')
  const store = await PeerStore.open(file, 1)
  assert.equal(store.isDone(KEY), false)
  for (const by of ['machine', 'run'] as const) {
    await store.add(KEY, [faulty(by)])
    assert.equal(store.isDone(KEY), false, by)
  }
  for (const records of [[faulty('server')], goodRuns('normal', 'nats', [figuresOf(500)])]) {
    await store.add(KEY, records)
    const again = await PeerStore.open(file, 1)
    assert.deepEqual(again.records, store.records)
    assert.equal(again.records.length, 1)
    assert.equal(again.isDone(KEY), true)
    assert.equal(again.isDone({ ...KEY, variant: 'nchan' }), false)
  }
  assert.equal((await PeerStore.open(file, 2)).records.length, 0, 'another seed')
  assert.equal((await PeerStore.open(file, 1, true)).records.length, 0, 'begun again')
})

function faulty(by: FaultBy): RunRecord {
  return faultyRun('normal', 'nats', { by, fault: 'something' })
}
