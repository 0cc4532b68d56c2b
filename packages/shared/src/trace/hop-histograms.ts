// How long the trades took from hop to hop: a histogram per hop and thread in shared memory. `trace-layout.ts` has the layout.
// Ingest counts `arrival` and `decode`, a gateway the others.

import assert from 'node:assert/strict'
import {
  BUCKET_COUNT,
  bucketEndUs,
  bucketOf,
  HOP_COUNT,
  HOP_US_MAX,
  HOP_WORDS,
  traceBlockOffset,
  traceThreadCount,
} from './trace-layout.js'

/**
 * `arrival`: from the venue's time of the trade to its bytes read from the socket; in whole milliseconds and by the venue's
 * clock, so it compares only with itself. `decode`: to the trade log. `pickup`: to the gateway that reads it there. `send`:
 * to the sockets of all clients that keep up. `total`: from the socket of the venue to those of the clients.
 */
export const Hop = { arrival: 0, decode: 1, pickup: 2, send: 3, total: 4 } as const
export type Hop = (typeof Hop)[keyof typeof Hop]
export type HopName = keyof typeof Hop
export const HOP_NAMES = Object.keys(Hop) as readonly HopName[]
assert(HOP_NAMES.length === HOP_COUNT, 'every hop has a histogram')

export class HopHistograms {
  readonly #words: Float64Array

  constructor(traces: SharedArrayBuffer, threadIndex: number) {
    this.#words = hopWords(traces, threadIndex)
  }

  /** A hop between two clocks may seem to end before it began; it counts as 0. */
  count(hop: Hop, us: number): void {
    const words = this.#words
    const offset = hop * HOP_WORDS
    const wholeUs = us > 0 ? Math.min(Math.floor(us), HOP_US_MAX) : 0
    const bucket = offset + 1 + bucketOf(wholeUs)
    assert(bucket < offset + HOP_WORDS, 'a hop is counted in one of its own buckets')
    words[bucket] = words[bucket]! + 1
    if (wholeUs > words[offset]!) words[offset] = wholeUs
  }
}

export interface HopFigures {
  readonly count: number
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
}

/** Since the start, over all threads. Takes some tenths of a millisecond: not for every request. */
export function readHops(traces: SharedArrayBuffer): Record<HopName, HopFigures> {
  const threads = Array.from({ length: traceThreadCount(traces) }, (_, index) => hopWords(traces, index))
  return Object.fromEntries(HOP_NAMES.map(name => [name, figuresOf(threads, Hop[name] * HOP_WORDS)])) as Record<
    HopName,
    HopFigures
  >
}

function figuresOf(threads: readonly Float64Array[], offset: number): HopFigures {
  const counts = new Float64Array(BUCKET_COUNT)
  let [count, maxUs] = [0, 0]
  for (const words of threads) {
    maxUs = Math.max(maxUs, words[offset]!)
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket += 1) {
      const inBucket = words[offset + 1 + bucket]!
      assert(inBucket >= 0, 'a bucket counts upwards')
      counts[bucket] = counts[bucket]! + inBucket
      count += inBucket
    }
  }
  const quantile = (share: number): number => Math.min(quantileUs(counts, count * share), maxUs)
  return { count, p50Us: quantile(0.5), p99Us: quantile(0.99), p999Us: quantile(0.999), maxUs }
}

function quantileUs(counts: Float64Array, rank: number): number {
  let seen = 0
  for (let bucket = 0; bucket < BUCKET_COUNT; bucket += 1) {
    seen += counts[bucket]!
    if (seen > 0 && seen >= rank) return bucketEndUs(bucket)
  }
  return 0
}

function hopWords(traces: SharedArrayBuffer, threadIndex: number): Float64Array {
  return new Float64Array(traces, traceBlockOffset(traces, threadIndex), HOP_COUNT * HOP_WORDS)
}
