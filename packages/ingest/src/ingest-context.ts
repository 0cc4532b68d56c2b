// What all products of the ingest thread share: the publishers that write the lanes, and the thread's clock, counters and log.

import type { MarketSink } from '@tradelane/shared/market/market-events'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import type { ContractSizes } from '@tradelane/venues/sizes'
import type { PlanOptions } from '@tradelane/venues/venue'
import type { FrameTap } from './connection/frame-recorder.js'
import type { DepthForwarder } from './publish/depth-forwarder.js'
import type { LinkPublisher } from './publish/link-publisher.js'
import type { TradePublisher } from './publish/trade-publisher.js'
import type { InstrumentListReader } from './rest/instrument-list-reader.js'

export interface IngestContext {
  readonly trades: TradePublisher
  /** Where decoded events go: the publishers. */
  readonly sink: MarketSink
  readonly depth: DepthForwarder
  readonly links: LinkPublisher
  readonly sizes: ContractSizes
  readonly lists: InstrumentListReader
  readonly clock: Clock
  readonly counters: Counters
  readonly activities: ActivityRing
  readonly limitedLog: RateLimitedLog
  readonly nowMs: () => number
  readonly planOptions: PlanOptions
  /** Undefined where nobody records. */
  readonly tap: FrameTap | undefined
}
