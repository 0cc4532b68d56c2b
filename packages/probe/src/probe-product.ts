// What the probe must know of a venue's product: its names on the wire and in the journal, and what it must send. The registry's
// products fit.

export interface ProbeProduct {
  readonly id: string
  readonly exchange: string
  readonly marketType: string
  /** Whether amounts are contracts or base currency, by a setting of the server. */
  readonly hasContracts?: boolean
  /** Codes of `Kind`. */
  readonly kinds: readonly number[]
  readonly defaultKinds: readonly number[]
  symbolOf(base: string, quote: string): string
}
