// The event of each counter that every thread writes, in this thread: its collections and its turns.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ActivityRing } from '../trace/activity-ring.js'
import { createTraces } from '../trace/trace-layout.js'
import type { Agent } from './agent.js'
import { Counters, createCounters, readCounters } from './counters.js'
import { createControlBlock, ThreadCell } from './parking.js'
import { runEvented } from './runner.js'
import { type MetricEvent, proveRows } from './test/metric-proof.js'
import { CollectionProfile, watchThread } from './thread-watch.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void

const SCAVENGE: Omit<MetricEvent<'thread'>, 'alongside'> = {
  what: 'the young generation is collected',
  raises: { scavenges: 1 },
  happen: whileWatched(() => collect({ type: 'minor' })),
}
const MAJOR = {
  what: 'the whole heap is collected',
  raises: { majorCollections: 1 },
  happen: whileWatched(() => collect()),
}
const LONG_TURN = { what: 'a turn takes two milliseconds', raises: { longTurns: 1 }, happen: spinInTurn }

proveRows(
  'thread',
  {
    scavenges: { ...SCAVENGE, alongside: ['scavengeUs'] },
    scavengeUs: { ...SCAVENGE, alongside: ['scavengeUs'] },
    majorCollections: { ...MAJOR, alongside: ['majorCollectionUs'] },
    majorCollectionUs: { ...MAJOR, alongside: ['majorCollectionUs'] },
    collectionUsMax: { ...MAJOR, alongside: ['majorCollectionUs', 'collectionUsMax'] },
    longTurns: { ...LONG_TURN, alongside: ['longTurnUs'] },
    longTurnUs: { ...LONG_TURN, alongside: ['longTurnUs'] },
  },
  ['collectionUsMax'],
)

test('a thread without an event loop counts its collections', () => {
  const block = createCounters(1)
  const profile = new CollectionProfile(new Counters(block, 0))
  profile.sample(0)
  const before = readCounters(block)
  collect({ type: 'minor' })
  collect({ type: 'minor' })
  collect()
  profile.sample(49)
  assert.deepEqual(readCounters(block), before, 'not yet')
  profile.sample(50)
  const { scavenges, scavengeUs, majorCollections, majorCollectionUs } = readCounters(block)
  assert.deepEqual([scavenges - before.scavenges, majorCollections - before.majorCollections], [2, 1])
  assert.ok(scavengeUs > before.scavengeUs && scavengeUs < 1e6, `${scavengeUs} µs`)
  assert.ok(majorCollectionUs > before.majorCollectionUs && majorCollectionUs < 1e6, `${majorCollectionUs} µs`)
  const { collectionUsMax } = readCounters(block)
  assert.ok(collectionUsMax > 0 && collectionUsMax <= scavengeUs + majorCollectionUs)
  profile.sample(1_000)
  assert.equal(readCounters(block).scavenges, scavenges, 'each is counted once')
})

test('counting collections takes no memory that only a collection of the old generation would free', () => {
  const block = createCounters(1)
  const profile = new CollectionProfile(new Counters(block, 0))
  const before = process.memoryUsage().rss
  for (let nowMs = 0; nowMs < 100_000; nowMs += 200) {
    profile.sample(nowMs)
    // Garbage.
    new Array(10_000).fill(nowMs)
    profile.sample(nowMs + 100)
    collect({ type: 'minor' })
  }
  assert.ok(readCounters(block).scavenges > 400)
  const grownBytes = process.memoryUsage().rss - before
  assert.ok(grownBytes < 15e6, `${grownBytes} bytes`)
})

function whileWatched(event: () => void): MetricEvent<'thread'>['happen'] {
  return begins => {
    const block = createCounters(1)
    watchThread(new ActivityRing(createTraces(1), 0), new Counters(block, 0))
    begins(() => readCounters(block))
    event()
  }
}

function spinInTurn(begins: Parameters<MetricEvent<'thread'>['happen']>[0]): void {
  const block = createCounters(1)
  const cell = new ThreadCell(createControlBlock(1), 0)
  let spinMs = 2
  const agent: Agent = {
    doWork: () => {
      const untilMs = performance.now() + spinMs
      while (performance.now() < untilMs);
      spinMs = 0
      return 0
    },
    msToNextDeadline: () => Number.POSITIVE_INFINITY,
    close: () => {},
  }
  begins(() => readCounters(block))
  const evented = runEvented([agent], cell, { counters: new Counters(block, 0), onStopped: () => {} })
  after(() => {
    cell.requestStop()
    evented.wake()
  })
}
