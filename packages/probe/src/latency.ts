// Latency distributions in microseconds, three significant digits, up to an hour.

import * as hdr from 'hdr-histogram-js'

export interface Percentiles {
  readonly count: number
  readonly p50Us: number
  readonly p95Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
}

const LATENCY_US_MAX = 3_600_000_000

export class Latency {
  readonly #histogram = hdr.build({ highestTrackableValue: LATENCY_US_MAX, numberOfSignificantValueDigits: 3 })

  /** Two clocks may disagree by a little: less than nothing counts as nothing. */
  record(us: number): void {
    this.#histogram.recordValue(us > 0 ? Math.min(Math.round(us), LATENCY_US_MAX) : 0)
  }

  get count(): number {
    return this.#histogram.totalCount
  }

  /** Adds the values of another distribution. */
  add(other: Latency): void {
    this.#histogram.add(other.#histogram)
  }

  /** Of 0..100. */
  usAt(percentile: number): number {
    return this.#histogram.getValueAtPercentile(percentile)
  }

  /** Null without any value. */
  percentiles(): Percentiles | null {
    const histogram = this.#histogram
    if (histogram.totalCount === 0) return null
    return {
      count: histogram.totalCount,
      p50Us: histogram.getValueAtPercentile(50),
      p95Us: histogram.getValueAtPercentile(95),
      p99Us: histogram.getValueAtPercentile(99),
      p999Us: histogram.getValueAtPercentile(99.9),
      maxUs: histogram.maxValue,
    }
  }
}

/** One distribution per name, made when first used. */
export class Latencies {
  readonly #byName = new Map<string, Latency>()

  of(name: string): Latency {
    let latency = this.#byName.get(name)
    if (latency === undefined) {
      latency = new Latency()
      this.#byName.set(name, latency)
    }
    return latency
  }

  /** All whose names are wanted, as one. */
  sum(isWanted: (name: string) => boolean): Latency {
    const sum = new Latency()
    for (const [name, latency] of this.#byName) if (isWanted(name)) sum.add(latency)
    return sum
  }

  clear(): void {
    this.#byName.clear()
  }

  percentiles(name: string): Percentiles | null {
    return this.#byName.get(name)?.percentiles() ?? null
  }
}
