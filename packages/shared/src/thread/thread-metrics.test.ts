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
import { CollectionCount, watchThread } from './thread-watch.js'

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

test('a thread without an event loop counts its collections, and makes nothing for it that stays', () => {
  const block = createCounters(1)
  const count = new CollectionCount(new Counters(block, 0))
  let nowMs = 0
  const sampleAfter = (ms: number): void => {
    nowMs += ms
    count.sample(nowMs)
  }
  const before = process.memoryUsage().rss
  const rounds = 500
  for (let round = 0; round < rounds; round += 1) {
    // Garbage.
    new Array(10_000).fill(round)
    sampleAfter(5)
    // Several between two samples, as in a flood.
    for (let index = 0; index < 4; index += 1) collect({ type: 'minor' })
    sampleAfter(5)
  }
  assert.equal(readCounters(block).scavenges, rounds)
  const grownBytes = process.memoryUsage().rss - before
  assert.ok(grownBytes < 15e6, `${grownBytes} bytes`)
  collect()
  sampleAfter(4)
  assert.equal(readCounters(block).majorCollections, 0, 'not yet')
  sampleAfter(1)
  assert.equal(readCounters(block).majorCollections, 1)
  sampleAfter(5)
  assert.equal(readCounters(block).majorCollections, 1, 'each is counted once')
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
