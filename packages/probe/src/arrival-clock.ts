// One stamp per arriving frame, and what it means on two clocks: the wall clock of `time_received`, and `process.hrtime`,
// which every process of a machine shares and the simulator's schedule is written in. `Date.now` counts whole milliseconds and its
// tick is often seen late (0.4 ms, measured); Node's own time origin is exact to some 3 µs, until the clock is set.

const READS = 32
const US_PER_MS = 1_000

export class ArrivalClock {
  #wallOffsetUs = performance.timeOrigin * US_PER_MS
  readonly #monotonicOffsetUs: number

  constructor() {
    this.#monotonicOffsetUs = monotonicOffsetUs()
    this.follow()
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

/** The least of several readings: any pause between the two clocks only makes one larger. */
function monotonicOffsetUs(): number {
  let leastUs = Number.POSITIVE_INFINITY
  for (let read = 0; read < READS; read += 1) {
    const localUs = performance.now() * US_PER_MS
    leastUs = Math.min(leastUs, Number(process.hrtime.bigint() / 1_000n) - localUs)
  }
  return leastUs
}
