// A line between a client and the server that is worse than the loopback.

export interface LinkSpec {
  readonly name: string
  /** The client reads no faster. */
  readonly bytesPerS?: number
  /** Added on the way, each direction. */
  readonly delayMs?: number
  /** The client reads nothing for so long, once. */
  readonly stop?: { readonly afterMs: number; readonly forMs: number }
}
