// How long trades took, per hop and product, as a histogram for Prometheus: from the histograms that the threads on a trade's path
// keep anyway, so that it costs a trade nothing.

import type { ProductLabel } from '@tradelane/shared/market/nouns'
import { HOP_NAMES, type HopCounts, readHopCounts } from '@tradelane/shared/trace/hop-histograms'
import { BUCKET_COUNT, bucketEndUs } from '@tradelane/shared/trace/trace-layout'
import type { HistogramFamily, HistogramSample, Labels } from './metric-family.js'

/**
 * From what a quiet process needs to what a client takes for an outage. Those of the threads are exact to 3 %: a trade is
 * counted below a limit when its whole bucket there is.
 */
export const HOP_LIMITS_S = [
  50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10,
] as const

/** Of products that carry something. */
export function hopFamily(traces: SharedArrayBuffer, products: readonly ProductLabel[]): HistogramFamily {
  const samples = HOP_NAMES.flatMap(hop =>
    products.map(({ index, id, venue }) => sampleOf({ hop, venue, product: id }, readHopCounts(traces, [index], hop))),
  )
  return {
    name: 'tradelane_trade_hop_seconds',
    help: 'seconds that trades took for a hop: arrival from the venue (by its clock), decode, pickup, send, total in the process',
    kind: 'histogram',
    samples,
  }
}

function sampleOf(labels: Labels, { counts }: HopCounts): HistogramSample {
  const buckets: { limitS: number; count: number }[] = []
  let [count, sumUs, bucket] = [0, 0, 0]
  const countBelow = (limitUs: number): number => {
    for (; bucket < BUCKET_COUNT && bucketEndUs(bucket) <= limitUs; bucket += 1) {
      const inBucket = counts[bucket] ?? 0
      count += inBucket
      sumUs += inBucket * middleUs(bucket)
    }
    return count
  }
  for (const limitS of HOP_LIMITS_S) buckets.push({ limitS, count: countBelow(Math.round(limitS * 1e6)) })
  countBelow(Number.POSITIVE_INFINITY)
  return { labels, buckets, count, sumS: sumUs / 1e6 }
}

/** Of the times that a bucket counts. */
function middleUs(bucket: number): number {
  const startUs = bucket === 0 ? 0 : bucketEndUs(bucket - 1)
  return (startUs + bucketEndUs(bucket)) / 2
}
