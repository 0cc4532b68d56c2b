// The outcome of one run of one variant in one scenario: figures, or faults and no figure.

import type { Percentiles } from '@tradelane/probe/latency'
import type { LatencyFigures } from './latency-figures.js'

export interface RunRecord {
  readonly scenario: string
  readonly variant: string
  /** From 1. */
  readonly round: number
  /** From 1; each later attempt repeats a void run. */
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
 * `server`: it lost, reordered or altered something. `machine`: the simulator was late or the machine slow, so the run is void
 * and says nothing about the server. `run`: a process did not start or ended early.
 */
export type FaultBy = 'server' | 'machine' | 'run'

export interface RunFigures {
  /** Scheduled send → client, trades. */
  readonly scheduled: LatencyFigures
  /** `time_received` → client, trades; null where the server writes no such time. */
  readonly received: Percentiles | null
  /** `time_received` → client, books. */
  readonly bookAge: Percentiles | null
  /** Scheduled → handed to the simulator's socket; `scheduled` includes it. */
  readonly lateness: Percentiles
  /** A message to another process and back, measured just before the run. */
  readonly echo: Percentiles
  /** Of the window, over all clients. */
  readonly tradesDelivered: number
  readonly booksChecked: number
  /** From the end of the load until every book was current; null where the load did not change. */
  readonly currentAfterUs: number | null
  readonly usage: RunUsage
  /** Clients on a slow or long network path, by its name. */
  readonly paths: Readonly<Record<string, PathFigures>>
}

/** Null where the system does not report it. Cores are processor time per wall time. */
export interface RunUsage {
  readonly serverCores: number | null
  readonly serverCpuUsPerTrade: number | null
  readonly serverResidentBytes: number | null
  readonly simCores: number | null
  readonly probeCores: number | null
}

export interface PathFigures {
  readonly scheduled: LatencyFigures
  readonly bookAge: Percentiles | null
  readonly frameBytesMax: number
  /** From the end of the client's stop until every book was fresh; null where it did not stop. */
  readonly freshAfterUs: number | null
}
