// The outcome of one run of one variant in one scenario: figures, or faults and no figure.

import type { Percentiles } from '@tradelane/probe/latency'
import type { Phase } from '../run/phases.js'
import type { WitnessFigures } from '../run/witness.js'
import type { LatencyFigures } from './latency-figures.js'

/** One phase of a run. */
export interface RunRecord {
  readonly scenario: string
  readonly phase: Phase
  readonly variant: string
  /** From 1. */
  readonly round: number
  /** From 1; each later attempt repeats a void run. */
  readonly attempt: number
  readonly outcome: PhaseOutcome
}

/** A run has figures of each of its phases, or none. */
export type RunOutcome =
  | { readonly kind: 'figures'; readonly phases: ReadonlyMap<Phase, RunFigures> }
  | Extract<PhaseOutcome, { kind: 'fault' }>

export type PhaseOutcome =
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
  /** Different trades of the window: what a percentile rests on, however many clients got them. */
  readonly distinctTrades: number
  /** The same latency as one client of the neutral witness saw it. */
  readonly witnessed: WitnessFigures | null
  readonly booksChecked: number
  /** From the end of the load until every book was current; null where the load did not change. */
  readonly currentAfterUs: number | null
  readonly usage: RunUsage
  /** Clients on a slow or long network path, by its name. */
  readonly paths: Readonly<Record<string, PathFigures>>
  /** What was wrong with them, by a server for which that is no reason to have no figure. */
  readonly pathFaults?: readonly string[]
}

/** Null where the system does not report it. Cores are processor time per wall time. */
export interface RunUsage {
  readonly serverCores: number | null
  readonly serverCpuUsPerTrade: number | null
  readonly serverResidentBytes: number | null
  readonly simCores: number | null
  readonly probeCores: number | null
  /** Of the time in which the machine's processors had work: what its hypervisor gave to others. 0..1. */
  readonly stolenShare: number | null
  /** Of one processor, by thread, in the last seconds of the window. */
  readonly threadLoads: Readonly<Record<string, number>> | null
}

export interface PathFigures {
  readonly scheduled: LatencyFigures
  readonly bookAge: Percentiles | null
  readonly frameBytesMax: number
  /** From the end of the client's stop until every book was fresh; null where it did not stop. */
  readonly freshAfterUs: number | null
}
