// What a report is made from. The start message of the admin thread has all of it.

import type { Instrument, MonotonicUs, ProductLabel } from '@tradelane/shared/market/nouns'

export interface StatSources {
  readonly version: string
  readonly stream: string
  readonly processStartUs: MonotonicUs
  readonly control: SharedArrayBuffer
  readonly clock: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly traces: SharedArrayBuffer
  readonly tradeLog: SharedArrayBuffer
  readonly stateBoard: SharedArrayBuffer
  readonly bookBoard: SharedArrayBuffer
  readonly clientTable: SharedArrayBuffer
  /** By shard. */
  readonly depthRings: readonly SharedArrayBuffer[]
  readonly threads: readonly { readonly role: string; readonly index: number }[]
  /** Those of the engine, by the system's ids. */
  readonly helperThreads: readonly number[]
  /** By ordinal of the gateway. */
  readonly gatewayThreads: readonly number[]
  readonly products: readonly ProductLabel[]
  readonly instruments: readonly Instrument[]
}
