import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { MonotonicUs } from '../market/nouns.js'
import { Clock, ClockSource, createClock, monotonicUs } from './clock.js'
import type { Log } from './log.js'

const QUIET_LOG: Log = { debug: () => {}, info: () => {}, error: () => {}, warn: () => {} }

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
        assert.ok(distanceUs(clock) < NEAR_US)
        assert.deepEqual(warnings, ['system clock stepped, wall time restarted'])
      },
    )
  })
}

/** How well an edge is known at the reads of `MachineClock`, and what is not corrected. */
const EDGE_US = 30

const FIRST_OFFSET_US = 1_790_000_000_000_000

/** The clocks of a machine in virtual time: each read takes a while, now and then much longer. */
class MachineClock {
  #nowUs = 5_000_000_000.25
  /** Beside the first offset, so that its small changes are not rounded away. */
  #movedUs = 0
  #random: number
  readonly driftPpm: number
  readonly #pauses: number

  constructor({ driftPpm = 0, pauses = 0, seed = 1 } = {}) {
    this.driftPpm = driftPpm
    this.#pauses = pauses
    this.#random = seed
  }

  get readers() {
    return { monotonicUs: () => this.pass(this.#readUs()), dateMs: () => Math.floor(this.trueUs() / 1_000) }
  }

  readonly monotonicUs = (): MonotonicUs => this.#nowUs as MonotonicUs

  trueUs(): number {
    return this.#nowUs + FIRST_OFFSET_US + this.#movedUs
  }

  step(byUs: number): void {
    this.#movedUs += byUs
  }

  pass(us: number): number {
    this.#nowUs += us
    this.#movedUs += (us * this.driftPpm) / 1e6
    return this.#nowUs
  }

  #readUs(): number {
    this.#random = (this.#random * 48_271) % 2_147_483_647
    const share = this.#random / 2_147_483_647
    return share < this.#pauses ? 8_000 * (share / this.#pauses) : 0.5 + 2 * share
  }
}

interface Watched {
  readonly machine: MachineClock
  readonly source: ClockSource
  readonly warnings: readonly string[]
  /** Samples once a second; wall time is read in between, often and closely. Resolves to the largest deviation, in µs. */
  run(seconds: number): number
  /** How often wall time was earlier than that of the moment before. */
  readonly stepsBack: () => number
}

function watched(machine: MachineClock): Watched {
  const memory = createClock(machine.trueUs() - machine.monotonicUs() + 400)
  const clock = new Clock(memory, machine.monotonicUs)
  const warnings: string[] = []
  const ignore = (): void => {}
  const log: Log = { debug: ignore, info: ignore, error: ignore, warn: message => warnings.push(message) }
  const source = new ClockSource(memory, log, machine.readers)
  let [lastUs, stepsBack] = [clock.wallUs(), 0]
  const read = (): number => {
    const wallUs = clock.wallUs()
    if (wallUs < lastUs) stepsBack += 1
    lastUs = wallUs
    return Math.abs(wallUs - machine.trueUs())
  }
  const run = (seconds: number): number => {
    let largestUs = 0
    for (let second = 0; second < seconds; second += 1) {
      source.sample()
      for (let part = 0; part < 100; part += 1) {
        for (let close = 0; close < 10; close += 1) {
          largestUs = Math.max(largestUs, read())
          machine.pass(0.3)
        }
        machine.pass(10_000)
      }
    }
    return largestUs
  }
  run(10)
  return { machine, source, warnings, run, stepsBack: () => stepsBack }
}

test('wall time does not change its course while the system clock is steady, on a busy machine either', () => {
  const { run, stepsBack, warnings } = watched(new MachineClock({ pauses: 1e-3 }))
  assert.ok(run(300) <= EDGE_US)
  assert.equal(stepsBack(), 0)
  assert.deepEqual(warnings, [])
})

for (const driftPpm of [20, -20, 150, -150]) {
  test(`a system clock that drifts by ${driftPpm} ppm is followed within 0.5 ms, never back in time and without a log line`, t => {
    const { run, stepsBack, warnings } = watched(new MachineClock({ driftPpm, pauses: 1e-4 }))
    const largestUs = run(600)
    t.diagnostic(`at most ${largestUs.toFixed(0)} µs`)
    assert.ok(largestUs <= 500, `${largestUs} µs`)
    assert.equal(stepsBack(), 0)
    assert.deepEqual(warnings, [])
  })
}

for (const stepUs of [-1_900, -300, 300, 1_900]) {
  test(`a step of ${stepUs} µs is made up for slowly, never back in time`, () => {
    const { machine, run, stepsBack, warnings } = watched(new MachineClock())
    machine.step(stepUs)
    assert.ok(run(15) <= Math.abs(stepUs) + EDGE_US)
    assert.ok(run(60) <= EDGE_US)
    assert.equal(stepsBack(), 0)
    assert.deepEqual(warnings, [])
  })
}

for (const stepUs of [-3_600e6, -50_000, 5_000, 3_600e6]) {
  test(`a step of ${stepUs} µs is followed with the next sample, logged once, and nothing steps back after it`, () => {
    const { machine, source, run, stepsBack, warnings } = watched(new MachineClock({ driftPpm: 20 }))
    machine.step(stepUs)
    source.sample()
    assert.ok(run(60) <= 100)
    assert.equal(stepsBack(), stepUs < 0 ? 1 : 0)
    assert.deepEqual(warnings, ['system clock stepped, wall time restarted'])
  })
}

for (const stepUs of [-20_000, 20_000]) {
  test(`a step of ${stepUs} µs during a slew is followed with the next sample`, () => {
    const { machine, source, run, warnings } = watched(new MachineClock())
    machine.step(1_900)
    source.sample()
    machine.step(stepUs)
    source.sample()
    assert.ok(run(10) <= EDGE_US)
    assert.deepEqual(warnings, ['system clock stepped, wall time restarted'])
  })

  test(`on a busy machine, a step of ${stepUs} µs is measured until an edge is known well`, () => {
    let largestUs = 0
    for (let seed = 1; seed <= 200; seed += 1) {
      const machine = new MachineClock({ pauses: 2e-3, seed })
      const memory = createClock(machine.trueUs() - machine.monotonicUs())
      const source = new ClockSource(memory, QUIET_LOG, machine.readers)
      machine.step(stepUs)
      source.sample()
      machine.pass(1)
      const clock = new Clock(memory, machine.monotonicUs)
      largestUs = Math.max(largestUs, Math.abs(clock.wallUs() - machine.trueUs()))
    }
    assert.ok(largestUs <= EDGE_US, `${largestUs} µs`)
  })
}

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
