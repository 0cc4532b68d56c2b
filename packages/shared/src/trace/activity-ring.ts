// The last few thousand activities of a thread, in shared memory: they show what else the thread did while a trade was late.
// `trace-layout.ts` has the layout and protocol.

import assert from 'node:assert/strict'
import { DOUBLE } from '../thread/clock.js'
import {
  ACTIVITIES_OFFSET,
  ACTIVITY_BYTES,
  ACTIVITY_COUNT,
  ACTIVITY_OFFSET,
  END_US_OFFSET,
  HOPS_OFFSET,
  ITEMS_OFFSET,
  POSITION_OFFSET,
  START_US_OFFSET,
  traceBlockOffset,
} from './trace-layout.js'

/** What a thread did, each with the meaning of its `items`. Some contain others: a long turn a fan-out or a garbage collection. */
export const Activity = {
  /** Garbage collections of the young generation, and of the whole heap. */
  scavenge: 1,
  majorGc: 2,
  /** No agent had work until the bell rang; sockets may have been served meanwhile. */
  parked: 3,
  /** A long turn of all agents of the thread. */
  longTurn: 4,
  /** One chunk of bytes from a venue: of a trade socket, of another one; messages. */
  tradeRead: 5,
  otherRead: 6,
  /** A batch of trades to all clients that keep up; records. */
  fanOut: 7,
  /** Trades to clients that are behind; records. */
  catchUp: 8,
  /** One client's cork of state and books; frames. */
  slice: 9,
  /** One client's cork of trades that took long; records. */
  slowSend: 10,
  /** Ready to run but without a CPU for some part of this time; how much of it, µs. */
  cpuWait: 11,
  /** A slice of what is done neither for trades nor for books; always 1. */
  chore: 12,
} as const
export type Activity = (typeof Activity)[keyof typeof Activity]

const NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(Activity).map(([name, activity]) => [activity, name]),
)
/** Node reports a collection some milliseconds late, so activities are not quite in the order of their ends. */
const DISORDER_US_MAX = 50_000
/** Of one span; older ones are left out. The reader may be a thread that trades wait for. */
const SPAN_RECORDS_MAX = 256

/** A thread may have several writers, which run one after another. */
export class ActivityRing {
  /** Of what is noted next: a double that is handed over is an object each time, one in a field is not. */
  startUs = DOUBLE
  endUs = DOUBLE
  readonly #words: Int32Array
  readonly #doubles: Float64Array

  constructor(traces: SharedArrayBuffer, threadIndex: number) {
    const offset = traceBlockOffset(traces, threadIndex)
    this.#words = new Int32Array(traces, offset, HOPS_OFFSET / 4)
    this.#doubles = new Float64Array(traces, offset, HOPS_OFFSET / 8)
  }

  note(activity: Activity, startUs: number, endUs: number, items: number): void {
    this.startUs = startUs
    this.endUs = endUs
    this.noteSpan(activity, items)
  }

  /** From `startUs` to `endUs`. */
  noteSpan(activity: Activity, items: number): void {
    const { startUs, endUs } = this
    // Not `assert(…)`, whose call takes 3 ns: this runs for every read of a venue's socket.
    if (!(startUs <= endUs && items >= 0)) assert.fail('an activity ends after it begins')
    const position = this.#words[POSITION_OFFSET / 4]!
    const offset = slotOffset(position)
    this.#doubles[(offset + START_US_OFFSET) / 8] = startUs
    this.#doubles[(offset + END_US_OFFSET) / 8] = endUs
    this.#words[(offset + ACTIVITY_OFFSET) / 4] = activity
    this.#words[(offset + ITEMS_OFFSET) / 4] = items
    Atomics.store(this.#words, POSITION_OFFSET / 4, (position + 1) | 0)
  }
}

export interface ActivityRecord {
  /** A name of `Activity`. */
  readonly activity: string
  readonly startUs: number
  readonly endUs: number
  readonly items: number
}

interface ActivitySpan {
  readonly records: readonly ActivityRecord[]
  /** False: the beginning was overwritten. */
  readonly isComplete: boolean
}

/** For any thread, but not often: it walks back through the ring. */
export class ActivityRingReader {
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #fence = new Int32Array(new SharedArrayBuffer(4))

  constructor(traces: SharedArrayBuffer, threadIndex: number) {
    const offset = traceBlockOffset(traces, threadIndex)
    this.#words = new Int32Array(traces, offset, HOPS_OFFSET / 4)
    this.#doubles = new Float64Array(traces, offset, HOPS_OFFSET / 8)
    assert(ACTIVITY_COUNT * ACTIVITY_BYTES <= HOPS_OFFSET, 'the ring ends before the hops')
  }

  /** Activities that overlap the time from `fromUs` to `toUs`, newest first. */
  span(fromUs: number, toUs: number): ActivitySpan {
    const newest = Atomics.load(this.#words, POSITION_OFFSET / 4)
    const found: ActivityRecord[] = []
    const ages: number[] = []
    let isComplete = false
    let age = 1
    for (; age < ACTIVITY_COUNT && !isComplete && found.length < SPAN_RECORDS_MAX; age += 1) {
      const offset = slotOffset(newest - age)
      const endUs = this.#doubles[(offset + END_US_OFFSET) / 8]!
      const startUs = this.#doubles[(offset + START_US_OFFSET) / 8]!
      // A slot that was never written ends at 0.
      if (endUs === 0 || endUs < fromUs - DISORDER_US_MAX) isComplete = true
      else if (endUs > fromUs && startUs < toUs) {
        found.push(this.#at(offset))
        ages.push(age)
      }
    }
    Atomics.store(this.#fence, 0, newest)
    const writtenCount = (Atomics.load(this.#words, POSITION_OFFSET / 4) - newest) | 0
    const intact = found.filter((_, index) => (ages[index] ?? 0) + writtenCount < ACTIVITY_COUNT)
    return { records: intact, isComplete: isComplete && intact.length === found.length }
  }

  /** Where the next activity will be noted: a start for `since`. */
  position(): number {
    return Atomics.load(this.#words, POSITION_OFFSET / 4)
  }

  /** What was noted from this position on, oldest first, and where to go on. False: the beginning was overwritten. */
  since(from: number): ActivitySpan & { readonly position: number } {
    const newest = this.position()
    const wanted = (newest - from) | 0
    assert(wanted >= 0, 'a position only grows')
    // The slot after the newest is the one that the writer may be in.
    const count = Math.min(wanted, ACTIVITY_COUNT - 1)
    const records: ActivityRecord[] = []
    for (let age = count; age > 0; age -= 1) records.push(this.#at(slotOffset(newest - age)))
    Atomics.store(this.#fence, 0, newest)
    const writtenCount = (this.position() - newest) | 0
    const overwritten = Math.max(0, Math.min(count, writtenCount + count + 1 - ACTIVITY_COUNT))
    return { records: records.slice(overwritten), isComplete: count === wanted && overwritten === 0, position: newest }
  }

  #at(offset: number): ActivityRecord {
    return {
      activity: NAMES[this.#words[(offset + ACTIVITY_OFFSET) / 4]!] ?? 'unknown',
      startUs: this.#doubles[(offset + START_US_OFFSET) / 8]!,
      endUs: this.#doubles[(offset + END_US_OFFSET) / 8]!,
      items: this.#words[(offset + ITEMS_OFFSET) / 4]!,
    }
  }
}

function slotOffset(position: number): number {
  return ACTIVITIES_OFFSET + (position & (ACTIVITY_COUNT - 1)) * ACTIVITY_BYTES
}
