// What the threads on a trade's path record: a block per thread, with an activity ring (what else the thread did) and, for each
// product, a histogram per hop (how long the trades took). Only its own thread writes a block; any thread reads it at any time.
//
//   byte 0        128
//        | magic   | block of thread 0 | block of thread 1 …
//        | version |
//        | threads |
//        | products|
//   block       0 activities written so far, i32, wraps | on a cache line of its own
//      ACTIVITIES slot 0 | slot 1 …          slot k holds the activity of position p with p mod ACTIVITY_COUNT = k
//            HOPS product 0: hop 0: max f64, then a count f64 for each bucket | hop 1 … | product 1 …
//   slot        0 startUs f64   8 endUs f64   16 activity i32   20 items i32
//
// Buckets are log-linear: whole µs below 32, then 32 a doubling, so a figure is exact to 3 %; the last one ends at 67 s.
// Ring, writer: 1 plain writes to slot `position`. 2 Store position + 1. Reader: 1 load position. 2 Copy. 3 Load it again
// behind a fence: activities at or below newPosition - ACTIVITY_COUNT may have been overwritten. A restarted thread continues
// where its predecessor stopped, in counts and in position; an activity that was half written then is beyond the position.

import assert from 'node:assert/strict'

export const TRACE_MAGIC = 0x544c5452 // "TLTR"
export const TRACE_VERSION = 2
export const TRACE_MAGIC_OFFSET = 0
export const TRACE_VERSION_OFFSET = TRACE_MAGIC_OFFSET + 4
export const THREAD_COUNT_OFFSET = TRACE_VERSION_OFFSET + 4
export const PRODUCT_COUNT_OFFSET = THREAD_COUNT_OFFSET + 4
export const BLOCKS_OFFSET = 128

export const HOP_COUNT = 5
export const SUB_BUCKET_BITS = 5
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS
/** Longer ones count as this long. */
export const HOP_US_MAX = 2 ** 26 - 1
export const BUCKET_COUNT = bucketOf(HOP_US_MAX) + 1
export const HOP_WORDS = 1 + BUCKET_COUNT

/** Of one product. */
export const PRODUCT_HOP_WORDS = HOP_COUNT * HOP_WORDS

export const POSITION_OFFSET = 0
export const ACTIVITIES_OFFSET = POSITION_OFFSET + 128
export const ACTIVITY_COUNT = 4_096
export const ACTIVITY_BYTES = 24
export const START_US_OFFSET = 0
export const END_US_OFFSET = START_US_OFFSET + 8
export const ACTIVITY_OFFSET = END_US_OFFSET + 8
export const ITEMS_OFFSET = ACTIVITY_OFFSET + 4
export const HOPS_OFFSET = roundUp(ACTIVITIES_OFFSET + ACTIVITY_COUNT * ACTIVITY_BYTES, 128)

/** `us` is a whole number from 0 to `HOP_US_MAX`. */
export function bucketOf(us: number): number {
  if (us < SUB_BUCKETS) return us
  const doubling = 31 - Math.clz32(us) - SUB_BUCKET_BITS
  return ((doubling + 1) << SUB_BUCKET_BITS) + ((us >> doubling) & (SUB_BUCKETS - 1))
}

/** The first whole µs above this bucket. Percentiles in it are reported as this, so that none is understated. */
export function bucketEndUs(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket + 1
  const doubling = (bucket >> SUB_BUCKET_BITS) - 1
  return (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1)) + 1) * 2 ** doubling
}

export function traceBlockBytes(productCount: number): number {
  return roundUp(HOPS_OFFSET + productCount * PRODUCT_HOP_WORDS * 8, 128)
}

/** Memory for the traces of so many threads. */
export function createTraces(threadCount: number, productCount = 1): SharedArrayBuffer {
  assert(threadCount > 0 && productCount > 0, 'traces have a block for each thread, and in it a part for each product')
  const traces = new SharedArrayBuffer(BLOCKS_OFFSET + threadCount * traceBlockBytes(productCount))
  new Int32Array(traces).set([TRACE_MAGIC, TRACE_VERSION, threadCount, productCount])
  return traces
}

/** Where the block of this thread begins. */
export function traceBlockOffset(traces: SharedArrayBuffer, threadIndex: number): number {
  const head = new Int32Array(traces, 0, 3)
  assert(head[0] === TRACE_MAGIC && head[1] === TRACE_VERSION, 'not traces of this version')
  assert(threadIndex >= 0 && threadIndex < traceThreadCount(traces), 'no such thread in the traces')
  return BLOCKS_OFFSET + threadIndex * traceBlockBytes(traceProductCount(traces))
}

export function traceThreadCount(traces: SharedArrayBuffer): number {
  return new Int32Array(traces)[THREAD_COUNT_OFFSET / 4]!
}

export function traceProductCount(traces: SharedArrayBuffer): number {
  return new Int32Array(traces)[PRODUCT_COUNT_OFFSET / 4]!
}

function roundUp(bytes: number, align: number): number {
  return Math.ceil(bytes / align) * align
}

assert((ACTIVITY_COUNT & (ACTIVITY_COUNT - 1)) === 0, 'a position is masked into the ring')
assert(
  ACTIVITY_BYTES % 8 === 0 && ACTIVITIES_OFFSET % 8 === 0 && ITEMS_OFFSET + 4 <= ACTIVITY_BYTES,
  'doubles are aligned',
)
assert(bucketEndUs(BUCKET_COUNT - 1) === HOP_US_MAX + 1, 'the buckets reach to the longest hop')
