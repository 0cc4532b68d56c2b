// A server that is compared: how it is started on the simulated venues, and what its clients can expect.

import type { WireKind } from '@tradelane/shared/market/nouns'
import type { PeerProtocol } from '../peers/peer-protocol.js'

export interface Variant {
  readonly name: string
  readonly about: string
  /** Its frames must fulfil the whole contract; otherwise only what the measurement needs. */
  readonly isStrict: boolean
  /** Kinds that must come; null: all defaults. */
  readonly require: readonly WireKind[] | null
  /** How its clients read it; absent: as Tradelane's. */
  readonly protocol?: PeerProtocol
  /** What slow clients lose is reported beside its figures, not instead of them: whether they lose is the question. */
  readonly isPeer?: boolean
  /** Where it expects the simulator, if it is already running. */
  readonly simPort?: number
  /** `sim` is `ws://host:port`; `instruments` are names as of the setting, where they are not the default ones. */
  start(sim: string, instruments?: string): Promise<RunningVariant>
}

export interface RunningVariant {
  readonly url: string
  /** Null where the benchmark did not start it. */
  readonly pid: number | null
  /** Further processes that belong to it. */
  readonly otherPids?: readonly number[]
  /** Where it says what its threads do: `http://host:port`. */
  readonly admin?: string
  /** Never rejects. */
  stop(): Promise<void>
}
