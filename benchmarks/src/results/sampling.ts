// How many trades a percentile needs before a gate may judge by it. All clients get the same trades at nearly the same time, so
// only different trades count, not deliveries.

/** Beyond the percentile. With five, one pause of the machine decides. */
const BEYOND_MIN = 10

const PERCENT = { p50: 50, p95: 95, p99: 99 } as const

/** Processor time is no percentile, and needs none. */
export function tradesNeeded(measure: keyof typeof PERCENT | 'cpuPerTrade'): number {
  return measure === 'cpuPerTrade' ? 0 : Math.ceil(BEYOND_MIN / (1 - PERCENT[measure] / 100))
}
