// The two clocks of the simulator: process.hrtime in microseconds (the time base of the journal, the same for every process
// of a machine), and the wall clock that the venues write into their frames.

export interface Clock {
  /** Microseconds of process.hrtime, with a fraction. */
  nowUs(): number
  /** Whole milliseconds of the wall clock at that hrtime. */
  wallMs(us: number): number
}

/** For the long timers of the protocols; a simulator in virtual time has others. */
export interface VenueTimers {
  setTimeout(callback: () => void, ms: number): object
  setInterval(callback: () => void, ms: number): object
  clear(timer: object): void
}

/** Node's own. */
export const systemTimers: VenueTimers = {
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  setInterval: (callback, ms) => setInterval(callback, ms),
  // Node clears timeouts and intervals alike.
  clear: timer => clearTimeout(timer as NodeJS.Timeout),
}

const READS = 32

export function createClock(): Clock {
  const originUs = hrtimeOriginUs()
  const [seconds, nanoseconds] = process.hrtime()
  const wallOriginMs = Date.now() - (seconds * 1e3 + nanoseconds / 1e6)
  return {
    nowUs: () => originUs + performance.now() * 1e3,
    wallMs: us => Math.floor(wallOriginMs + us / 1e3),
  }
}

/**
 * How far hrtime is ahead of `performance.now`. A pause between the two reads makes the difference smaller and every event
 * late by as much; the first use of `performance` is such a pause, of a millisecond. So the largest of several differences
 * counts.
 */
function hrtimeOriginUs(): number {
  let largestUs = Number.NEGATIVE_INFINITY
  for (let read = 0; read < READS; read += 1) {
    const [seconds, nanoseconds] = process.hrtime()
    largestUs = Math.max(largestUs, seconds * 1e6 + nanoseconds / 1e3 - performance.now() * 1e3)
  }
  return largestUs
}
