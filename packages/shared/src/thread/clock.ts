// One wall clock for all threads: `wallUs = monotonicUs + offsetUs`, with the offset in shared memory. `Date.now()` counts whole
// milliseconds; 60 samples bound the offset to some tens of microseconds. The supervisor samples, all threads read. When the
// bounds cross, the system clock has stepped: the estimate starts again, with a log line. Wall time is for clients and people;
// decisions and durations use the monotonic clock.
//
//   byte 0       8
//        | magic | offsetUs f64

import assert from 'node:assert/strict'
import type { MonotonicUs, WallUs } from '../market/nouns.js'
import type { Log } from './log.js'

const MAGIC = 0x544c434b // "TLCK"
const VERSION = 1
const OFFSET_US_INDEX = 1
const SAMPLES_MAX = 60

/** `offsetUs`: from `monotonicUs` to wall time. */
export function createClock(offsetUs = Date.now() * 1_000 + 500 - monotonicUs()): SharedArrayBuffer {
  const clock = new SharedArrayBuffer(16)
  new Int32Array(clock).set([MAGIC, VERSION])
  new Float64Array(clock)[OFFSET_US_INDEX] = offsetUs
  return clock
}

/** `process.hrtime` in µs: the same clock in every thread and every process of this machine. */
export function monotonicUs(): MonotonicUs {
  return monotonicUsAt(performance.now())
}

/** The same for a moment of this thread's `performance.now()`. */
export function monotonicUsAt(performanceMs: number): MonotonicUs {
  return (performanceMs * 1_000 + performanceOriginUs) as MonotonicUs
}

/** `performance.now()` counts from the start of its thread, but ticks with hrtime; taken once per thread. */
const performanceOriginUs = ((): number => {
  let originUs = Number.POSITIVE_INFINITY
  for (let round = 0; round < 8; round += 1) {
    const hrtimeUs = Number(process.hrtime.bigint() / 1_000n)
    // A pause between the two reads only makes the difference smaller: keep the largest of a few.
    originUs =
      round === 0 ? hrtimeUs - performance.now() * 1_000 : Math.max(originUs, hrtimeUs - performance.now() * 1_000)
  }
  return originUs
})()

export class Clock {
  readonly #offset: Float64Array
  /** Of this thread; another one in virtual time. */
  readonly monotonicUs: () => MonotonicUs

  constructor(clock: SharedArrayBuffer, nowUs: () => MonotonicUs = monotonicUs) {
    const head = new Int32Array(clock, 0, 2)
    assert(head[0] === MAGIC && head[1] === VERSION, 'not a clock of this version')
    this.#offset = new Float64Array(clock)
    this.monotonicUs = nowUs
  }

  wallUs(): WallUs {
    return (this.monotonicUs() + this.#offset[OFFSET_US_INDEX]!) as WallUs
  }

  /** For the wire and for people: converted once, where the text is made. */
  toWallUs(atUs: MonotonicUs): WallUs {
    return (atUs + this.#offset[OFFSET_US_INDEX]!) as WallUs
  }
}

/** The supervisor's side. Call `sample` about once a second. */
export class ClockSource {
  readonly #offset: Float64Array
  readonly #log: Log
  #lowUs = Number.NEGATIVE_INFINITY
  #highUs = Number.POSITIVE_INFINITY
  #sampleCount = 0

  constructor(clock: SharedArrayBuffer, log: Log) {
    this.#offset = new Float64Array(clock)
    this.#log = log
    for (let round = 0; round < SAMPLES_MAX; round += 1) this.sample()
  }

  sample(): void {
    const beforeUs = monotonicUs()
    const wallUs = Date.now() * 1_000
    const afterUs = monotonicUs()
    assert(beforeUs <= afterUs, 'the monotonic clock never goes back')
    // The true wall time lies in [wallUs, wallUs + 1000), read between beforeUs and afterUs.
    this.#lowUs = Math.max(this.#lowUs, wallUs - afterUs)
    this.#highUs = Math.min(this.#highUs, wallUs + 1_000 - beforeUs)
    if (this.#lowUs > this.#highUs) {
      this.#log.warn('system clock stepped, wall time restarted', {
        stepUs: Math.round(this.#lowUs - this.#highUs),
      })
      this.#lowUs = wallUs - afterUs
      this.#highUs = wallUs + 1_000 - beforeUs
      this.#sampleCount = 0
    }
    assert(this.#lowUs <= this.#highUs, 'the bounds of the offset are in order')
    this.#offset[OFFSET_US_INDEX] = (this.#lowUs + this.#highUs) / 2
    this.#sampleCount += 1
    if (this.#sampleCount > SAMPLES_MAX) this.#widen()
  }

  /** Clocks drift: widening old bounds by 50 µs per sample keeps drift from looking like a step. */
  #widen(): void {
    this.#lowUs -= 50
    this.#highUs += 50
  }
}
