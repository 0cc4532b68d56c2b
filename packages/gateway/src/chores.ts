// Work in a gateway that is not for a trade.

export interface Chore {
  /** Does a bounded part of what is due, at most about 50 µs. Returns whether more is due now. */
  runSlice(nowMs: number): boolean
}
