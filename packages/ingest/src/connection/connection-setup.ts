// What all connections to one product have in common.

import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { Product, SymbolIndex, VenueSettings } from '@tradelane/venues/venue'
import type { SocketHost } from '../host/venue-hosts.js'
import type { IngestEnvironment } from '../ingest-environment.js'
import type { FieldWatch } from './field-watch.js'

export interface ConnectionSetup {
  readonly product: Product
  /** `wss://host[/prefix]`. */
  readonly endpoint: string
  readonly venueSettings: VenueSettings
  readonly instruments: SymbolIndex
  readonly environment: IngestEnvironment
  /** What the venue counts and refuses by, shared with other products. */
  readonly host: SocketHost
  readonly fields: FieldWatch
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
}
