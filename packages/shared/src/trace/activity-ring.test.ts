import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Activity, ActivityRing, ActivityRingReader } from './activity-ring.js'
import { ACTIVITY_COUNT, createTraces, POSITION_OFFSET, traceBlockOffset } from './trace-layout.js'

test('a span has the activities that overlap it, the newest first', () => {
  const { writer, reader } = newRing()
  writer.note(Activity.parked, 1_000, 2_000, 0)
  writer.note(Activity.slice, 2_000, 2_100, 7)
  writer.note(Activity.fanOut, 2_100, 2_300, 3)
  writer.note(Activity.parked, 2_300, 9_000, 0)
  assert.deepEqual(reader.span(2_050, 2_300), {
    records: [
      { activity: 'fanOut', startUs: 2_100, endUs: 2_300, items: 3 },
      { activity: 'slice', startUs: 2_000, endUs: 2_100, items: 7 },
    ],
    isComplete: true,
  })
  assert.deepEqual(reader.span(9_000, 9_500).records, [])
})

test('a span whose beginning was overwritten is not complete', () => {
  const { writer, reader } = newRing()
  const NOTES = ACTIVITY_COUNT + 100
  for (let us = 1; us <= NOTES; us += 1) writer.note(Activity.slice, us * 1_000, us * 1_000 + 999, us)
  const late = reader.span(NOTES * 1_000 - 5_000, NOTES * 1_000 + 999)
  assert.equal(late.isComplete, true)
  assert.deepEqual(
    late.records.map(({ items }) => NOTES - items),
    [0, 1, 2, 3, 4, 5],
  )
  const early = reader.span(50_000, 150_000)
  assert.equal(early.isComplete, false)
  assert.ok(early.records.every(({ items }) => items > 100 && items <= 150))
})

test('an activity that ends before it begins is an error', () => {
  const { writer } = newRing()
  assert.throws(() => writer.note(Activity.slice, 2, 1, 0), /an activity ends after it begins/)
})

test('the ring continues when its position wraps', () => {
  const { traces, writer, reader } = newRing()
  new Int32Array(traces, traceBlockOffset(traces, 0))[POSITION_OFFSET / 4] = 0x7fffffff - 2
  for (let us = 1; us <= 6; us += 1) writer.note(Activity.slice, us, us + 1, us)
  assert.deepEqual(
    reader.span(0, 100).records.map(({ items }) => items),
    [6, 5, 4, 3, 2, 1],
  )
})

test('two writers of one thread, and their successors, write one after another', () => {
  const { traces, writer, reader } = newRing()
  writer.note(Activity.fanOut, 1, 2, 1)
  new ActivityRing(traces, 0).note(Activity.tradeRead, 3, 4, 2)
  writer.note(Activity.fanOut, 5, 6, 3)
  new ActivityRing(traces, 0).note(Activity.tradeRead, 7, 8, 4)
  assert.deepEqual(
    reader.span(0, 100).records.map(({ items }) => items),
    [4, 3, 2, 1],
  )
})

test('a reader beside a writer that never pauses sees no activity mixed of two', async () => {
  const { traces, reader } = newRing()
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads')
     import(workerData.module).then(({ ActivityRing }) => {
       const writer = new ActivityRing(workerData.traces, 0)
       const untilMs = performance.now() + 1_000
       for (let us = 1e6; performance.now() < untilMs; us += 10) writer.note(9, us, us + 5, us / 10)
     })`,
    { eval: true, workerData: { traces, module: new URL('./activity-ring.js', import.meta.url).href } },
  )
  let [seen, isRunning] = [0, true]
  worker.once('exit', () => {
    isRunning = false
  })
  while (isRunning) {
    const [newest] = reader.span(0, Number.POSITIVE_INFINITY).records
    // The oldest of the ring, which the writer is about to overwrite.
    const toUs = (newest?.startUs ?? 0) - (ACTIVITY_COUNT - 300) * 10
    for (const { startUs, endUs, items } of reader.span(0, toUs).records) {
      seen += 1
      const isWhole = endUs === startUs + 5 && items === startUs / 10 && startUs < toUs
      assert.ok(isWhole, `${startUs} to ${endUs}, ${items} items, before ${toUs}`)
    }
    await new Promise(setImmediate)
  }
  assert.ok(seen > ACTIVITY_COUNT, `${seen} activities seen`)
})

function newRing(): { traces: SharedArrayBuffer; writer: ActivityRing; reader: ActivityRingReader } {
  const traces = createTraces(1)
  return { traces, writer: new ActivityRing(traces, 0), reader: new ActivityRingReader(traces, 0) }
}
