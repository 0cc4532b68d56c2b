// Which percentiles of a latency stolen time can make by itself.

/** From this share of stolen time on: as much of the trades lies beyond the percentile. */
export const STOLEN_SHARES = { p50: 0.5, p95: 0.05, p99: 0.01 } as const
