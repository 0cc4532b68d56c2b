// What one run of one variant in one scenario came to: figures, or faults and no figure.

import type { Percentiles } from '@tradelane/probe/latency'
import type { LatencyFigures } from './latency-figures.js'

export interface RunRecord {
  readonly scenario: string
  readonly variant: string
  /** From 1. */
  readonly round: number
  /** From 1; the second is a repetition after a fault. */
  readonly attempt: number
  readonly outcome: RunOutcome
}

export type RunOutcome =
  | { readonly kind: 'figures'; readonly figures: RunFigures }
  | {
      readonly kind: 'fault'
      readonly faults: readonly string[]
      readonly by: FaultBy
    }

/**
 * Whose fault it was: the server lost, reordered or falsified something; the machine let the simulator be late, or is slow itself,
 * so that there is nothing to judge; or the run itself broke.
 */
export type FaultBy = 'server' | 'machine' | 'run'

export interface RunFigures {
  /** Scheduled send → client, trades. */
  readonly scheduled: LatencyFigures
  /** `time_received` → client, trades; null where the server writes no such time. */
  readonly received: Percentiles | null
  /** `time_received` → client, books. */
  readonly bookAge: Percentiles | null
  /** Scheduled → handed to the simulator's socket: contained in `scheduled`. */
  readonly lateness: Percentiles
  /** What the machine alone took for a message to another process and back, just before. */
  readonly echo: Percentiles
  /** Of the window, over all clients. */
  readonly tradesDelivered: number
  readonly booksChecked: number
  /** From the end of the load until every book was current; null where the load did not end. */
  readonly usToCurrent: number | null
  readonly usage: RunUsage
  /** Clients behind a slow or long line, by the line's name. */
  readonly links: Readonly<Record<string, LinkFigures>>
}

/** Null where the system does not tell. Cores are CPU time per time. */
export interface RunUsage {
  readonly serverCores: number | null
  readonly serverCpuUsPerTrade: number | null
  readonly serverResidentBytes: number | null
  readonly simCores: number | null
  readonly probeCores: number | null
}

export interface LinkFigures {
  readonly scheduled: LatencyFigures
  readonly bookAge: Percentiles | null
  readonly frameBytesMax: number
  /** From the end of its stop until every book was fresh; null where it did not stop. */
  readonly usToFresh: number | null
}
