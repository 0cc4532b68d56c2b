// A server that is compared: how it is started on the simulated venues, and what its clients can expect.

import type { WireKind } from '@tradelane/shared/market/nouns'

export interface Variant {
  readonly name: string
  readonly about: string
  /** Its frames must fulfil the whole contract; otherwise only what the measurement needs. */
  readonly isStrict: boolean
  /** Kinds that must come; null: all defaults. */
  readonly require: readonly WireKind[] | null
  /** Where it expects the simulator, if it is already running. */
  readonly simPort?: number
  /** `sim` is `ws://host:port`; `instruments` are names as of the setting, where they are not the default ones. */
  start(sim: string, instruments?: string): Promise<RunningVariant>
}

export interface RunningVariant {
  readonly url: string
  /** Null where the benchmark did not start it. */
  readonly pid: number | null
  /** Where it says what its threads do: `http://host:port`. */
  readonly admin?: string
  /** Never rejects. */
  stop(): Promise<void>
}
