// A latency distribution as the probe sends it and the report shows it: percentiles, and a curve to draw.

import type { Latency, Percentiles } from '@tradelane/probe/latency'

export interface LatencyFigures extends Percentiles {
  /** At each of `CURVE_PERCENTILES`, as far as there are samples. */
  readonly curveUs: readonly number[]
}

const STEPS_PER_NINE = 10
const NINES_MAX = 4

/** Evenly spaced on a logarithmic axis of 1 ÷ (1 − p): 0, …, 90, …, 99, …, 99.99 %. */
export const CURVE_PERCENTILES: readonly number[] = Array.from(
  { length: STEPS_PER_NINE * NINES_MAX + 1 },
  (_, step) => 100 * (1 - 10 ** (-step / STEPS_PER_NINE)),
)

/** Null without samples. */
export function figuresOf(latency: Latency): LatencyFigures | null {
  const percentiles = latency.percentiles()
  if (percentiles === null) return null
  // Beyond them less than one sample is left, and the histogram would repeat its maximum.
  const reached = CURVE_PERCENTILES.filter(percentile => (1 - percentile / 100) * percentiles.count >= 1)
  return { ...percentiles, curveUs: reached.map(percentile => latency.usAt(percentile)) }
}
