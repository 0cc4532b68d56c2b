import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Clock, ClockSource, createClock, monotonicUs } from './clock.js'
import type { Log } from './log.js'

function newSource(): { clock: Clock; source: ClockSource; warnings: string[] } {
  const warnings: string[] = []
  const ignore = (): void => {}
  const log: Log = { debug: ignore, info: ignore, error: ignore, warn: message => warnings.push(message) }
  const memory = createClock()
  return { clock: new Clock(memory), source: new ClockSource(memory, log), warnings }
}

/** The system clock, shifted while `run` runs. */
function withSystemClock(shiftMs: () => number, run: () => void): void {
  const now = Date.now
  const mocked = mock.method(Date, 'now', () => now() + shiftMs())
  try {
    run()
  } finally {
    mocked.mock.restore()
  }
}

/** Difference of two reads of the same moment: the part of a millisecond that `Date.now()` omits, and some scheduling. */
const NEAR_US = 1_500

/** The smallest of a few distances: the thread may be descheduled between two reads. */
function distanceUs(clock: Clock): number {
  const distances = Array.from({ length: 20 }, () => Math.abs(clock.wallUs() - (Date.now() * 1_000 + 500)))
  return Math.min(...distances)
}

test('wall time is the time of day in microseconds, also before the first sample', () => {
  assert.ok(distanceUs(new Clock(createClock())) < NEAR_US)
  assert.ok(distanceUs(newSource().clock) < NEAR_US)
})

test('wall time never goes backwards while the system clock is steady', () => {
  const clock = new Clock(createClock())
  let last = clock.wallUs()
  for (let read = 0; read < 10_000; read += 1) {
    const now = clock.wallUs()
    assert.ok(now >= last)
    last = now
  }
})

test('a monotonic stamp converts to the wall time of its moment', () => {
  const clock = new Clock(createClock())
  const before = clock.wallUs()
  const stamp = clock.monotonicUs()
  const after = clock.wallUs()
  const wall = clock.toWallUs(stamp)
  assert.ok(wall >= before && wall <= after)
})

test('the monotonic clock is the same in every thread', async () => {
  const url = new URL('./clock.js', import.meta.url).href
  const code = `const { parentPort } = require('node:worker_threads')
    parentPort.on('message', () => import(${JSON.stringify(url)}).then(clock => parentPort.postMessage(clock.monotonicUs())))`
  const worker = new Worker(code, { eval: true })
  try {
    for (let round = 0; round < 10; round += 1) {
      const beforeUs = monotonicUs()
      worker.postMessage('now')
      const theirsUs = await new Promise<number>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject)
      })
      const afterUs = monotonicUs()
      assert.ok(theirsUs >= beforeUs - 50 && theirsUs <= afterUs + 50)
    }
  } finally {
    await worker.terminate()
  }
})

test('the monotonic clock is that of process.hrtime', () => {
  const beforeUs = Number(process.hrtime.bigint() / 1_000n)
  const nowUs = monotonicUs()
  const afterUs = Number(process.hrtime.bigint() / 1_000n)
  assert.ok(nowUs >= beforeUs - 50 && nowUs <= afterUs + 50)
})

for (const stepMs of [5_000, -5_000, 20, -20]) {
  test(`a system clock that steps by ${stepMs} ms is followed at once and logged once`, () => {
    const { clock, source, warnings } = newSource()
    withSystemClock(
      () => stepMs,
      () => {
        source.sample()
        // A sample during which the thread was descheduled bounds the offset less.
        for (let round = 0; round < 10; round += 1) source.sample()
        assert.ok(distanceUs(clock) < NEAR_US)
        assert.deepEqual(warnings, ['system clock stepped, wall time restarted'])
      },
    )
  })
}

test('a system clock that drifts by 20 ppm is followed without a log line', () => {
  const { source, clock, warnings } = newSource()
  const originUs = clock.wallUs() - clock.monotonicUs()
  let driftUs = 0
  const trueUs = (): number => monotonicUs() + originUs + driftUs
  const mocked = mock.method(Date, 'now', () => Math.floor(trueUs() / 1_000))
  try {
    for (let second = 0; second < 600; second += 1) {
      driftUs += 20
      source.sample()
      assert.ok(Math.abs(clock.wallUs() - trueUs()) < NEAR_US)
    }
    assert.deepEqual(warnings, [])
  } finally {
    mocked.mock.restore()
  }
})

for (const [name, index] of [
  ['magic', 0],
  ['version', 1],
] as const) {
  test(`memory with another ${name} is refused`, () => {
    const memory = createClock()
    const words = new Int32Array(memory)
    words[index] = words[index]! + 1
    assert.throws(() => new Clock(memory), /not a clock of this version/)
  })
}
