import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { ActivityRing, ActivityRingReader } from '../trace/activity-ring.js'
import { createTraces } from '../trace/trace-layout.js'
import { monotonicUs } from './clock.js'
import { Counters, createCounters } from './counters.js'
import { createControlBlock, ThreadCell } from './parking.js'
import { CPU_WATCH_MS, cpuWaitMs, publishThreadId, watchThread } from './thread-watch.js'

test('a collection is noted with the time that it took', async () => {
  const traces = createTraces(1)
  const reader = new ActivityRingReader(traces, 0)
  watchThread(new ActivityRing(traces, 0), new Counters(createCounters(1), 0))
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const startUs = monotonicUs()
  collect()
  const endUs = monotonicUs()
  await new Promise(resolve => setTimeout(resolve, 50))
  const noted = reader.span(startUs, endUs).records.find(({ activity }) => activity === 'majorGc')
  assert.ok(noted, 'the collection is noted')
  const tookUs = noted.endUs - noted.startUs
  assert.ok(Math.abs(noted.startUs - startUs) < 500, `it began ${noted.startUs - startUs} µs after the call`)
  assert.ok(tookUs > (endUs - startUs) / 2 && tookUs <= endUs - startUs + 500, `${tookUs} of ${endUs - startUs} µs`)
})

test('the CPU wait of an unknown thread is 0', () => {
  assert.deepEqual([cpuWaitMs(0), cpuWaitMs(2 ** 31 - 1)], [0, 0])
})

test('the time that a thread waited for a CPU is noted', async t => {
  if (process.platform !== 'linux') {
    t.skip('only Linux counts it')
    return
  }
  const traces = createTraces(1)
  const cell = new ThreadCell(createControlBlock(1), 0)
  publishThreadId(cell)
  const beforeMs = cpuWaitMs(cell.threadId())
  watchThread(new ActivityRing(traces, 0), new Counters(createCounters(1), 0))
  const fromUs = monotonicUs()
  // More threads than CPUs, this one among them, and all of them busy.
  const crowd = Array.from(
    { length: availableParallelism() * 2 },
    () => new Worker('const untilMs = Date.now() + 600; while (Date.now() < untilMs);', { eval: true }),
  )
  while (monotonicUs() < fromUs + 500_000) {
    const untilUs = monotonicUs() + 40_000
    while (monotonicUs() < untilUs);
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  await new Promise(resolve => setTimeout(resolve, 2 * CPU_WATCH_MS))
  const { records } = new ActivityRingReader(traces, 0).span(fromUs, monotonicUs())
  const waits = records.filter(({ activity }) => activity === 'cpuWait')
  const waitedUs = waits.reduce((sum, { items }) => sum + items, 0)
  assert.ok(waitedUs > 50_000, `${waitedUs} µs of 500,000`)
  const seenUs = (cpuWaitMs(cell.threadId()) - beforeMs) * 1_000
  assert.ok(Math.ceil(seenUs) + waits.length >= waitedUs, `${seenUs} µs, and ${waitedUs} were noted`)
  // The kernel counts up to the moment, the clock is read just before.
  for (const { items, startUs, endUs } of waits) assert.ok(items <= endUs - startUs + 20_000)
  await Promise.all(crowd.map(worker => worker.terminate()))
})
