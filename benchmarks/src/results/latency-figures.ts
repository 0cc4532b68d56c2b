// A latency distribution as it travels from the probe to the report: the usual percentiles, and a curve for drawing.

import type { Latency, Percentiles } from '@tradelane/probe/latency'

export interface LatencyFigures extends Percentiles {
  /** Microseconds at each of `CURVE_PERCENTILES`; shorter where the samples do not reach. */
  readonly curveUs: readonly number[]
}

const STEPS_PER_NINE = 10
const NINES_MAX = 4

/** Even steps on an axis of nines: 0, …, 90, …, 99, …, 99.99 %. */
export const CURVE_PERCENTILES: readonly number[] = Array.from(
  { length: STEPS_PER_NINE * NINES_MAX + 1 },
  (_, step) => 100 * (1 - 10 ** (-step / STEPS_PER_NINE)),
)

/** Null without any value. */
export function figuresOf(latency: Latency): LatencyFigures | null {
  const percentiles = latency.percentiles()
  if (percentiles === null) return null
  // Beyond it less than one sample is left: the histogram would repeat its maximum.
  const reached = CURVE_PERCENTILES.filter(percentile => (1 - percentile / 100) * percentiles.count >= 1)
  return { ...percentiles, curveUs: reached.map(percentile => latency.usAt(percentile)) }
}
