// What all products of the ingest thread share: the publishers that write the lanes, and the thread's clock, counters and log.

import type { Clock } from '@tradelane/shared/clock'
import type { Counters } from '@tradelane/shared/counters'
import type { FlightRecorder } from '@tradelane/shared/flight-recorder'
import type { RateLimitedLog } from '@tradelane/shared/log'
import type { MarketSink } from '@tradelane/shared/market-events'
import type { ContractSizes } from '@tradelane/venues/sizes'
import type { PlanOptions } from '@tradelane/venues/venue'
import type { DepthForwarder } from './depth-forwarder.js'
import type { FrameTap } from './frame-recorder.js'
import type { LinkBoard } from './link-board.js'
import type { ListReader } from './list-reader.js'
import type { TradePublisher } from './trade-publisher.js'

export interface IngestContext {
  readonly trades: TradePublisher
  /** Where decoded events go: the publishers. */
  readonly sink: MarketSink
  readonly depth: DepthForwarder
  readonly links: LinkBoard
  readonly sizes: ContractSizes
  readonly lists: ListReader
  readonly clock: Clock
  readonly counters: Counters
  readonly flights: FlightRecorder
  readonly notices: RateLimitedLog
  readonly nowMs: () => number
  readonly planOptions: PlanOptions
  /** Undefined where nobody records. */
  readonly tap: FrameTap | undefined
}
