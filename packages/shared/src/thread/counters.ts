// The counters and gauges of `metric-table.ts` in shared memory: a block per thread, one writer per word, summed on read.
// Doubles hold counts exactly up to 2^53, and aligned ones do not tear on the supported platforms.
//
//   byte 0        64
//        | magic  | block of thread 0: one f64 per name | block of thread 1 …
//        | version|

import assert from 'node:assert/strict'
import { type CounterName, type GaugeName, METRICS, type Metric, type MetricName } from './metric-table.js'

const MAGIC = 0x544c434f // "TLCO"
const VERSION = 2
const HEADER_BYTES = 64

/** In the order of their words. */
export const METRIC_NAMES = Object.values(METRICS).flatMap(table => Object.keys(table)) as readonly MetricName[]

const PEAKS: ReadonlySet<string> = new Set(
  Object.values(METRICS)
    .flatMap(table => Object.entries<Metric>(table))
    .filter(([, { isPeak }]) => isPeak === true)
    .map(([name]) => name),
)

/** Not an object: with this many names its look-ups take twice as long. */
const INDEX_OF: ReadonlyMap<MetricName, number> = new Map(METRIC_NAMES.map((name, index) => [name, index]))
assert(INDEX_OF.size === METRIC_NAMES.length, 'every counter and gauge has a name of its own')

export function createCounters(threadCount: number): SharedArrayBuffer {
  const counters = new SharedArrayBuffer(HEADER_BYTES + threadCount * METRIC_NAMES.length * 8)
  new Int32Array(counters).set([MAGIC, VERSION, threadCount, METRIC_NAMES.length])
  return counters
}

export class Counters {
  readonly #words: Float64Array

  constructor(counters: SharedArrayBuffer, threadIndex: number) {
    this.#words = blockOf(counters, threadIndex)
  }

  add(name: CounterName, count = 1): void {
    assert(count >= 0, 'a counter only grows')
    const index = INDEX_OF.get(name)!
    this.#words[index] = this.#words[index]! + count
  }

  /** Of a peak: keeps the larger value. */
  raise(name: GaugeName, value: number): void {
    const index = INDEX_OF.get(name)!
    if (value > this.#words[index]!) this.#words[index] = value
  }

  set(name: GaugeName, value: number): void {
    assert(value >= 0, 'a gauge is never negative')
    this.#words[INDEX_OF.get(name)!] = value
  }
}

export function readThreadCounters(counters: SharedArrayBuffer, threadIndex: number): Record<MetricName, number> {
  const words = blockOf(counters, threadIndex)
  return Object.fromEntries(METRIC_NAMES.map((name, index) => [name, words[index]])) as Record<MetricName, number>
}

/** Of all threads: sums, and the largest of each peak. */
export function readCounters(counters: SharedArrayBuffer): Record<MetricName, number> {
  const threadCount = new Int32Array(counters)[2]!
  const sums = readThreadCounters(counters, 0)
  for (let threadIndex = 1; threadIndex < threadCount; threadIndex += 1) {
    const ofThread = readThreadCounters(counters, threadIndex)
    for (const name of METRIC_NAMES) {
      sums[name] = PEAKS.has(name) ? Math.max(sums[name], ofThread[name]) : sums[name] + ofThread[name]
    }
  }
  return sums
}

function blockOf(counters: SharedArrayBuffer, threadIndex: number): Float64Array {
  const head = new Int32Array(counters, 0, 4)
  assert(head[0] === MAGIC && head[1] === VERSION, 'not a counter block of this version')
  assert(head[3] === METRIC_NAMES.length, 'the counter block was made by another build')
  assert(threadIndex >= 0 && threadIndex < head[2]!, 'no such thread in the counter block')
  return new Float64Array(counters, HEADER_BYTES + threadIndex * METRIC_NAMES.length * 8, METRIC_NAMES.length)
}
