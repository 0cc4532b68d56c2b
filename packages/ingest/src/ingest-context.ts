// What all products of the ingest thread share: their environment, the publishers, counters and log.

import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { VenueHosts } from './host/venue-hosts.js'
import type { IngestEnvironment } from './ingest-environment.js'
import type { Publishers } from './publish/publishers.js'

export interface IngestContext {
  readonly environment: IngestEnvironment
  readonly publishers: Publishers
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
  readonly hosts: VenueHosts
}
