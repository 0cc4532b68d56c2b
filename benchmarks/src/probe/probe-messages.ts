// What the runner and the probe's process say to each other.

import type { Percentiles } from '@tradelane/probe/latency'
import type { WireKind } from '@tradelane/shared/market/nouns'
import type { LatencyFigures } from '../results/latency-figures.js'

/** The runner's only message. */
export interface ProbeRequest {
  readonly targets: readonly TargetRequest[]
  readonly journal: string
  /** `http://host:port` of the simulator. */
  readonly sim: string
  /** Before the measurement: connected, compiled, calm. */
  readonly warmUpMs: number
  readonly measureMs: number
  /** The simulator's scenario from the end of the window on: how soon are the books current? */
  readonly loadAfter: string | null
}

export interface TargetRequest {
  readonly name: string
  readonly url: string
  readonly clients: number
  /** It stops reading for a while: how soon does it get fresh books afterwards? */
  readonly isStopped: boolean
  /** Hold frames against the strict schema. */
  readonly isStrict: boolean
  /** Kinds that every product must show; null: those of the defaults. */
  readonly require: readonly WireKind[] | null
}

export type ProbeMessage =
  /** The measurement begins, and ends. */
  | { readonly type: 'measuring' }
  | { readonly type: 'measured' }
  | { readonly type: 'result'; readonly result: ProbeResult }
  | { readonly type: 'failed'; readonly message: string }

export interface ProbeResult {
  readonly targets: readonly TargetResult[]
}

export interface TargetResult {
  readonly name: string
  /** What was wrong: losses, doubles, order, books, schema, connections. Empty: all was right. */
  readonly failures: readonly string[]
  /** Trades of the window, over all clients of the target. */
  readonly tradeCount: number
  /** Scheduled send → client, trades. */
  readonly scheduled: LatencyFigures | null
  /** `time_received` → client, trades. */
  readonly received: Percentiles | null
  /** `time_received` → client, books. */
  readonly bookAge: Percentiles | null
  /** Scheduled → handed to the simulator's socket. */
  readonly lateness: Percentiles | null
  readonly booksChecked: number
  readonly frameBytesMax: number
  /** From the end of the load until every book was current. */
  readonly usToCurrent: number | null
  /** From the end of the stop until every book was fresh. */
  readonly usToFresh: number | null
}
