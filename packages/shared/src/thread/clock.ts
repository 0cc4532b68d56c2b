// One wall clock for all threads: `wallUs = monotonicUs + offset`, with the offset in shared memory. Wall time is for clients and
// people; decisions and durations use the monotonic clock. The supervisor samples, all threads read.
//
// `Date.now()` counts whole milliseconds, so the offset is measured where it changes: within a microsecond or so. A difference
// of less than `STEP_US_MIN` is drift. It is made up for slowly, at most 0.5 ms per second, so that a later stamp never has an
// earlier wall time; a larger one is a step of the system clock, which is followed at once, with a log line. While the system
// clock does not step and drifts by at most 150 ppm, wall time differs from it by at most 0.5 ms.
//
//   byte 0        8          16
//        | magic  | sequence | slots × 4: fromUs f64 (offset until the start), toUs f64 (from the end), startUs f64, endUs f64
//        | version| i32      |            (by the monotonic clock; between start and end it changes evenly)
//
// The slot of a sequence is sequence modulo 4. The writer fills the next slot, then stores the sequence. A reader that was asleep
// for so long that its slot may have been filled again reads once more. A slew starts in the future, so that stamps of one moment
// convert alike in every thread, whichever slot it reads, if they are converted within half a second. Wall time is in whole
// microseconds.

import assert from 'node:assert/strict'
import type { MonotonicUs, WallUs } from '../market/nouns.js'
import type { Log } from './log.js'

const MAGIC = 0x544c434b // "TLCK"
const VERSION = 2
const SEQUENCE_INDEX = 2
const SLOTS_OFFSET = 16
const SLOT_COUNT = 4
const SLOT_WORDS = 4
const [FROM, TO, START, END] = [0, 1, 2, 3] as const
/** Smaller differences are those of measuring. */
const NOISE_US_MAX = 5
/** A larger difference is a step. */
const STEP_US_MIN = 2_000
/** Before a slew starts: every thread reads the new slot within this time. */
const SLEW_LEAD_US = 100_000
const SLEW_US = 400_000
/** 0.5 ms per second while it lasts. */
const SLEW_BY_US_MAX = 200
assert(SLEW_BY_US_MAX * 2 < SLEW_US, 'a slew never turns time back')

/** The clocks of this machine; others in a test. */
export interface ClockReaders {
  readonly monotonicUs: () => number
  /** Of the system clock; whole milliseconds. */
  readonly dateMs: () => number
}

const SYSTEM: ClockReaders = { monotonicUs, dateMs: () => Date.now() }

/** `offsetUs`: from `monotonicUs` to wall time. */
export function createClock(offsetUs = middleOf(measureOffset(SYSTEM))): SharedArrayBuffer {
  const clock = new SharedArrayBuffer(SLOTS_OFFSET + SLOT_COUNT * SLOT_WORDS * 8)
  new Int32Array(clock).set([MAGIC, VERSION])
  const wholeUs = Math.round(offsetUs)
  new Float64Array(clock, SLOTS_OFFSET).set([wholeUs, wholeUs, 0, 0])
  return clock
}

/**
 * What a field begins with that will hold times, fractions, or counts beyond 2^31. V8 notes for each field whether it has held
 * doubles; at the first one all compiled code that reads the object is thrown away, maybe seconds after the start.
 */
export const DOUBLE = Number.NaN
/** Equals 0, and is no small integer. */
export const DOUBLE_ZERO = -0

/** `process.hrtime` in µs: the same clock in every thread and every process of this machine. */
export function monotonicUs(): MonotonicUs {
  return monotonicUsAt(performance.now())
}

/** The same in milliseconds. */
export function monotonicMs(): number {
  return monotonicUs() / 1_000
}

/** Milliseconds since the start of this thread. One function for all, so that what a warm-up compiled calls it in service too. */
export function threadMs(): number {
  return performance.now()
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
  readonly #words: Int32Array
  readonly #slots: Float64Array
  /** Of this thread; another one in virtual time. */
  readonly monotonicUs: () => MonotonicUs

  constructor(clock: SharedArrayBuffer, nowUs: () => MonotonicUs = monotonicUs) {
    this.#words = attach(clock)
    this.#slots = new Float64Array(clock, SLOTS_OFFSET)
    this.monotonicUs = nowUs
  }

  wallUs(): WallUs {
    return this.toWallUs(this.monotonicUs())
  }

  /** For the wire and for people: converted once, where the text is made. A later stamp never has an earlier wall time. */
  toWallUs(atUs: MonotonicUs): WallUs {
    const wholeUs = Math.floor(atUs)
    return (wholeUs + this.#offsetAt(wholeUs)) as WallUs
  }

  #offsetAt(atUs: number): number {
    const slots = this.#slots
    for (;;) {
      const sequence = Atomics.load(this.#words, SEQUENCE_INDEX)
      const slot = (sequence & (SLOT_COUNT - 1)) * SLOT_WORDS
      const fromUs = slots[slot + FROM]!
      const toUs = slots[slot + TO]!
      const startUs = slots[slot + START]!
      const endUs = slots[slot + END]!
      if (((Atomics.load(this.#words, SEQUENCE_INDEX) - sequence) | 0) >= SLOT_COUNT - 1) continue
      if (atUs >= endUs) return toUs
      if (atUs <= startUs) return fromUs
      // Rounded: whole microseconds that differ by 1 have offsets that differ by at most 1.
      return fromUs + Math.round(((toUs - fromUs) * (atUs - startUs)) / (endUs - startUs))
    }
  }
}

/** The supervisor's side. Call `sample` about once a second. */
export class ClockSource {
  readonly #words: Int32Array
  readonly #slots: Float64Array
  readonly #log: Log
  readonly #readers: ClockReaders
  #offsetUs: number
  /** When the last slew is over. */
  #steadyUs = Number.NEGATIVE_INFINITY

  constructor(clock: SharedArrayBuffer, log: Log, readers: ClockReaders = SYSTEM) {
    this.#words = attach(clock)
    this.#slots = new Float64Array(clock, SLOTS_OFFSET)
    this.#log = log
    this.#readers = readers
    const sequence = Atomics.load(this.#words, SEQUENCE_INDEX)
    this.#offsetUs = this.#slots[(sequence & (SLOT_COUNT - 1)) * SLOT_WORDS + TO]!
    this.sample()
  }

  /** Takes up to a few milliseconds, of which most are spent waiting for a millisecond to end. */
  sample(): void {
    let bounds = measureOffset(this.#readers)
    let errorUs = this.#errorUs(bounds)
    if (Math.abs(errorUs) >= STEP_US_MIN) {
      // A step is followed at once: what is measured badly now would be made up for slowly later.
      bounds = measureOffset(this.#readers, STEP_EDGES_MAX)
      errorUs = this.#errorUs(bounds)
    }
    if (Math.abs(errorUs) <= NOISE_US_MAX) return
    const nowUs = this.#readers.monotonicUs()
    if (Math.abs(errorUs) < STEP_US_MIN) {
      // One slew follows the other.
      if (nowUs < this.#steadyUs) return
      const byUs = Math.round(Math.max(-SLEW_BY_US_MAX, Math.min(SLEW_BY_US_MAX, errorUs)))
      const startUs = nowUs + SLEW_LEAD_US
      this.#publish(this.#offsetUs + byUs, startUs, startUs + SLEW_US)
    } else {
      this.#log.warn('system clock stepped, wall time restarted', { stepUs: Math.round(errorUs) })
      this.#publish(middleOf(bounds), nowUs, nowUs)
    }
  }

  /** 0 within the bounds: there is nothing to correct. */
  #errorUs({ lowUs, highUs }: OffsetBounds): number {
    return Math.max(lowUs - this.#offsetUs, Math.min(highUs - this.#offsetUs, 0))
  }

  #publish(toUs: number, startUs: number, endUs: number): void {
    assert(endUs >= startUs && (startUs === endUs || startUs >= this.#steadyUs), 'only a step ends a slew')
    const sequence = (Atomics.load(this.#words, SEQUENCE_INDEX) + 1) | 0
    this.#slots.set([this.#offsetUs, toUs, startUs, endUs], (sequence & (SLOT_COUNT - 1)) * SLOT_WORDS)
    Atomics.store(this.#words, SEQUENCE_INDEX, sequence)
    this.#offsetUs = toUs
    this.#steadyUs = endUs
  }
}

/** What the offset lies between. */
interface OffsetBounds {
  readonly lowUs: number
  readonly highUs: number
}

/** Where an edge is known no better than this, because the thread had no CPU, another one is waited for. */
const EDGE_US_MAX = 20
const EDGES_MAX = 3
/** After a step; 1 ms each. */
const STEP_EDGES_MAX = 20
/** A clock that shows the same millisecond for longer than this has no edges. */
const EDGE_WAIT_US_MAX = 3_000

function measureOffset(readers: ClockReaders, edgesMax = EDGES_MAX): OffsetBounds {
  let best = nextEdge(readers)
  for (let count = 1; count < edgesMax && best.highUs - best.lowUs > EDGE_US_MAX; count += 1) {
    const next = nextEdge(readers)
    if (next.highUs - next.lowUs < best.highUs - best.lowUs) best = next
  }
  assert(best.lowUs <= best.highUs, 'the bounds of the offset are in order')
  return best
}

/** Reads both clocks until a millisecond ends. */
function nextEdge({ monotonicUs: nowUs, dateMs }: ClockReaders): OffsetBounds {
  const untilUs = nowUs() + EDGE_WAIT_US_MAX
  let beforeUs = nowUs()
  let ms = dateMs()
  for (;;) {
    const betweenUs = nowUs()
    const nextMs = dateMs()
    const afterUs = nowUs()
    // The edge is between the reads before and after it.
    if (nextMs === ms + 1) return { lowUs: nextMs * 1_000 - afterUs, highUs: nextMs * 1_000 - beforeUs }
    // Milliseconds were left out, or the clock stands: the wall time is within the millisecond that was read.
    if (nextMs !== ms || afterUs >= untilUs) {
      return { lowUs: nextMs * 1_000 - afterUs, highUs: (nextMs + 1) * 1_000 - betweenUs }
    }
    beforeUs = betweenUs
    ms = nextMs
  }
}

function middleOf({ lowUs, highUs }: OffsetBounds): number {
  return Math.round((lowUs + highUs) / 2)
}

function attach(clock: SharedArrayBuffer): Int32Array {
  const words = new Int32Array(clock, 0, SLOTS_OFFSET / 4)
  assert(words[0] === MAGIC && words[1] === VERSION, 'not a clock of this version')
  return words
}
