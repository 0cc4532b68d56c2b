// One stamp per arriving frame, and what it means on two clocks: the wall clock of `time_received`, and `process.hrtime`,
// which every process of a machine shares and the simulator's schedule is written in. `Date.now` counts milliseconds, so
// the wall clock is found by waiting once for its tick.

const TICK_WAIT_US_MAX = 3_000
const READS = 32
const US_PER_MS = 1_000

export class ArrivalClock {
  #wallOffsetUs: number
  readonly #monotonicOffsetUs: number

  constructor() {
    this.#wallOffsetUs = wallOffsetUs()
    this.#monotonicOffsetUs = monotonicOffsetUs()
  }

  /** Taken first of all when a frame arrives. */
  localUs(): number {
    return performance.now() * US_PER_MS
  }

  wallUs(localUs: number): number {
    return localUs + this.#wallOffsetUs
  }

  /** `process.hrtime` in microseconds. */
  monotonicUs(localUs: number): number {
    return localUs + this.#monotonicOffsetUs
  }

  /** Follows a wall clock that is being set or slewed, to within a millisecond. Call it about once a second. */
  follow(): void {
    const beforeUs = this.localUs()
    const wallUs = Date.now() * US_PER_MS
    const afterUs = this.localUs()
    const leastUs = wallUs - afterUs
    const mostUs = wallUs + US_PER_MS - beforeUs
    this.#wallOffsetUs = Math.min(Math.max(this.#wallOffsetUs, leastUs), mostUs)
  }
}

function wallOffsetUs(): number {
  const startMs = Date.now()
  const startUs = performance.now() * US_PER_MS
  for (;;) {
    const wallMs = Date.now()
    const localUs = performance.now() * US_PER_MS
    if (wallMs !== startMs || localUs - startUs > TICK_WAIT_US_MAX) return wallMs * US_PER_MS - localUs
  }
}

/** The least of several readings: any pause between the two clocks only makes one larger. */
function monotonicOffsetUs(): number {
  let leastUs = Number.POSITIVE_INFINITY
  for (let read = 0; read < READS; read += 1) {
    const localUs = performance.now() * US_PER_MS
    leastUs = Math.min(leastUs, Number(process.hrtime.bigint() / 1_000n) - localUs)
  }
  return leastUs
}
