// Timers as a thread's code sees them, passed in beside the clock: production uses Node's, tests run the same code in virtual
// time. No other product code calls `setTimeout`, `setInterval` or `setImmediate` where the time matters.

/** What `clear` takes: opaque to everyone but the timers that made it. */
export type Timer = object

export interface Timers {
  /** Calls back once, after at least `ms` milliseconds. */
  setTimeout(callback: () => void, ms: number): Timer
  /** Calls back every `ms` milliseconds until cleared. */
  setInterval(callback: () => void, ms: number): Timer
  /** Calls back in the next turn of the event loop, after the sockets were served. */
  setImmediate(callback: () => void): void
  /** A timer that has fired, or undefined, is fine. */
  clear(timer: Timer | undefined): void
}

/** @public Node's own. */
export const systemTimers: Timers = {
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  setInterval: (callback, ms) => setInterval(callback, ms),
  setImmediate: callback => void setImmediate(callback),
  // Node clears timeouts and intervals alike.
  clear: timer => clearTimeout(timer as NodeJS.Timeout | undefined),
}
