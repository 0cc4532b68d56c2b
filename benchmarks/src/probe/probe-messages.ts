// The messages between the runner and the probe's process.

import type { Percentiles } from '@tradelane/probe/latency'
import type { WireKind } from '@tradelane/shared/market/nouns'
import type { PeerProtocol } from '../peers/peer-protocol.js'
import type { LatencyFigures } from '../results/latency-figures.js'
import type { Phase, PhaseWindow } from '../run/phases.js'

/** The runner's only message. */
export interface ProbeRequest {
  readonly targets: readonly TargetRequest[]
  readonly journal: string
  /** `http://host:port` of the simulator. */
  readonly sim: string
  /** From all clients connected on. */
  readonly windows: readonly PhaseWindow[]
  /** The simulator's scenario from the end of the last window on, to measure how soon books are current; null: it stays. */
  readonly loadAfter: string | null
  /** How clients read the server; null: as Tradelane's. */
  readonly protocol: PeerProtocol | null
}

export interface TargetRequest {
  readonly name: string
  readonly url: string
  readonly clientCount: number
  /** It stops reading for a while, to measure how soon it gets fresh books afterwards. */
  readonly isStopped: boolean
  /** Frames are checked against the strict schema of the wire. */
  readonly isStrict: boolean
  /** Kinds that must come of every product; null: the default kinds. */
  readonly require: readonly WireKind[] | null
}

export type ProbeMessage =
  | { readonly type: 'ready' }
  /** A window begins, and ends. */
  | { readonly type: 'measuring'; readonly phase: Phase }
  | { readonly type: 'measured'; readonly phase: Phase }
  | { readonly type: 'result'; readonly result: ProbeResult }
  | { readonly type: 'failed'; readonly message: string }

export interface ProbeResult {
  readonly targets: readonly TargetResult[]
}

export interface PhaseResult {
  readonly phase: Phase
  /** Trades of the window, over all clients of the target. */
  readonly tradeCount: number
  /** Different trades of the window: what a percentile rests on. */
  readonly distinctCount: number
  /** Scheduled send → client, trades. */
  readonly scheduled: LatencyFigures | null
  /** `time_received` → client, trades. */
  readonly received: Percentiles | null
  /** `time_received` → client, books. */
  readonly bookAge: Percentiles | null
  /** Scheduled → handed to the simulator's socket. */
  readonly lateness: Percentiles | null
}

export interface TargetResult {
  readonly name: string
  /** What was wrong: losses, duplicates, order, books, schema, connections. Empty: the target passed. */
  readonly failures: readonly string[]
  readonly phases: readonly PhaseResult[]
  readonly booksChecked: number
  readonly frameBytesMax: number
  /** From the end of the load until every book was current. */
  readonly currentAfterUs: number | null
  /** From the end of the client's stop until every book was fresh. */
  readonly freshAfterUs: number | null
}
