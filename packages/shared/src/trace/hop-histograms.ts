// How long the trades took from hop to hop: a histogram per product, hop and thread in shared memory.
// `trace-layout.ts` has the layout. Ingest counts `arrival` and `decode`, a gateway the others.

import assert from 'node:assert/strict'
import {
  BUCKET_COUNT,
  bucketEndUs,
  bucketOf,
  HOP_COUNT,
  HOP_US_MAX,
  HOP_WORDS,
  HOPS_OFFSET,
  PRODUCT_HOP_WORDS,
  traceBlockOffset,
  traceProductCount,
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
  count(product: number, hop: Hop, us: number): void {
    const words = this.#words
    const offset = product * PRODUCT_HOP_WORDS + hop * HOP_WORDS
    const wholeUs = us > 0 ? Math.min(Math.floor(us), HOP_US_MAX) : 0
    const bucket = offset + 1 + bucketOf(wholeUs)
    assert(
      bucket < offset + HOP_WORDS && bucket < words.length,
      'a hop is counted in a bucket of its own, of a product of the traces',
    )
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

/** Since the start, over all threads and products. Takes some tenths of a millisecond: not for every request. */
export function readHops(traces: SharedArrayBuffer): Record<HopName, HopFigures> {
  const products = Array.from({ length: traceProductCount(traces) }, (_, product) => product)
  return Object.fromEntries(HOP_NAMES.map(name => [name, figuresOf(traces, products, name)])) as Record<
    HopName,
    HopFigures
  >
}

/** How many trades of these products took how long for a hop, since the start, over all threads. */
export interface HopCounts {
  readonly maxUs: number
  /** By bucket. */
  readonly counts: Float64Array
}

export function readHopCounts(traces: SharedArrayBuffer, products: readonly number[], hop: HopName): HopCounts {
  const counts = new Float64Array(BUCKET_COUNT)
  let maxUs = 0
  for (let thread = 0; thread < traceThreadCount(traces); thread += 1) {
    const words = hopWords(traces, thread)
    for (const product of products) {
      const offset = product * PRODUCT_HOP_WORDS + Hop[hop] * HOP_WORDS
      maxUs = Math.max(maxUs, words[offset]!)
      // Most threads count none, and a longest of 0 means that only the first bucket has any.
      const bucketCount = words[offset] === 0 ? 1 : BUCKET_COUNT
      for (let bucket = 0; bucket < bucketCount; bucket += 1) {
        const inBucket = words[offset + 1 + bucket]!
        assert(inBucket >= 0, 'a bucket counts upwards')
        counts[bucket] = counts[bucket]! + inBucket
      }
    }
  }
  return { maxUs, counts }
}

function figuresOf(traces: SharedArrayBuffer, products: readonly number[], hop: HopName): HopFigures {
  const { counts, maxUs } = readHopCounts(traces, products, hop)
  const count = counts.reduce((sum, inBucket) => sum + inBucket, 0)
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
  const offset = traceBlockOffset(traces, threadIndex) + HOPS_OFFSET
  return new Float64Array(traces, offset, traceProductCount(traces) * PRODUCT_HOP_WORDS)
}
