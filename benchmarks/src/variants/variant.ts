// A server under comparison: how it is started on the simulated venues, and what its clients may expect of it.

import type { WireKind } from '@tradelane/shared/market/nouns'

export interface Variant {
  readonly name: string
  readonly about: string
  /** Its clients get frames of the whole contract; otherwise only what the measurement needs is asked of them. */
  readonly isStrict: boolean
  /** Kinds that must come; null: all defaults. */
  readonly require: readonly WireKind[] | null
  /** Where it expects the simulator, when it runs already and cannot be told. */
  readonly simPort?: number
  /** `sim` is `ws://host:port`. */
  start(sim: string): Promise<RunningVariant>
}

export interface RunningVariant {
  readonly url: string
  /** Null where it is not ours. */
  readonly pid: number | null
  /** Never rejects. */
  stop(): Promise<void>
}
