// A network path between a client and the server that is worse than the loopback.

export interface NetworkPath {
  readonly name: string
  /** The client reads at most so much. */
  readonly bytesPerS?: number
  /** It lies behind a link: the server's address there. */
  readonly serverHost?: string
  /** Added in each direction. */
  readonly delayMs?: number
  /** The client reads nothing from `afterMs` on, for `forMs`; once. */
  readonly stop?: { readonly afterMs: number; readonly forMs: number }
}
