// How a product's order books come and how their frames chain. L2 workers decode depth frames and keep the chains; ingest reads
// the rest.

import type { Instrument, WallUs } from '@tradelane/shared/market/nouns'
import type { RestBudget, RestRequest } from './rest-protocol.js'

/** How this product's order books are transported and how their frames chain. */
export interface DepthProtocol {
  /** `rest`: deltas continue a REST snapshot. `stream`: a snapshot follows the subscription on the socket. */
  readonly snapshotSource: 'rest' | 'stream'
  readonly budget: RestBudget
  /** Where `snapshotSource` is `rest`. */
  snapshotRequest?(instrument: Instrument): RestRequest
  /** Most levels per side in a REST snapshot. A side with that many may be cut off; one with fewer is complete. */
  readonly snapshotLevelsMax?: number
  /** Of the longest snapshot, wherever it comes from: so large a frame has to fit the depth ring. */
  readonly snapshotBytesMax: number
  /** Decodes a frame of the socket or a REST answer. False when malformed; never throws. */
  decode(frame: Buffer, source: 'stream' | 'rest', into: DepthFrame): boolean
  newChain(): DepthChain
}

/**
 * A decoded depth frame. Levels are flat text pairs (price, amount, …) in the venue's order; amount zero deletes. Reused by
 * its owner.
 */
export interface DepthFrame {
  type: 'snapshot' | 'delta'
  firstId: number
  lastId: number
  /** -1 where the venue sends none. */
  previousId: number
  /** What clients read as `sequence`. */
  sequence: number
  /** Engine time, or null. */
  engineUs: WallUs | null
  /** When the venue sent it: the frame's `time_exchange`. Null for REST answers without a time. */
  venueUs: WallUs | null
  bids: string[]
  asks: string[]
}

export function newDepthFrame(): DepthFrame {
  return {
    type: 'delta',
    firstId: 0,
    lastId: 0,
    previousId: -1,
    sequence: 0,
    engineUs: null,
    venueUs: null,
    bids: [],
    asks: [],
  }
}

export const DepthVerdict = {
  /** Apply the delta to the book. */
  apply: 0,
  /** Empty the book and take this snapshot. */
  replace: 1,
  /** No book yet: keep the delta and offer it again after the snapshot. */
  hold: 2,
  /** Already contained, or a heartbeat: the book does not change. */
  skip: 3,
  /** Sequence gap: the book is stale and needs a resync; the chain has reset itself. */
  gap: 4,
  /** The snapshot is older than the first held delta: fetch another; held deltas stay. */
  snapshotTooOld: 5,
} as const
export type DepthVerdict = (typeof DepthVerdict)[keyof typeof DepthVerdict]

/** The venue's sequence rule for one book, a pure state machine. After `replace`, held deltas are offered again, in order. */
export interface DepthChain {
  offer(frame: DepthFrame): DepthVerdict
  /**
   * A connection that overlapped the one before took over. Its frames may begin with some that the chain has, a snapshot among
   * them: they are skipped, and the first that is new continues the chain.
   */
  handOver(): void
  /** The connection was lost or the book was dropped. */
  reset(): void
}
