// The simulator's two clocks: process.hrtime in microseconds (the time base of the journal, the same for every process of a
// machine) and the wall clock that the venues write into their frames.

export interface Clock {
  /** Microseconds of process.hrtime, with a fraction. */
  nowUs(): number
  /** Wall-clock milliseconds, whole, at that hrtime. */
  wallMs(us: number): number
}

export function createClock(): Clock {
  const [seconds, nanoseconds] = process.hrtime()
  const originUs = seconds * 1e6 + nanoseconds / 1e3 - performance.now() * 1e3
  const wallOriginMs = Date.now() - (seconds * 1e3 + nanoseconds / 1e6)
  return {
    nowUs: () => originUs + performance.now() * 1e3,
    wallMs: us => Math.floor(wallOriginMs + us / 1e3),
  }
}
