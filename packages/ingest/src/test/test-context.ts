// What the products of ingest share, without a thread around it. Used by this package's tests.

import { VenueHosts } from '../host/venue-hosts.js'
import type { IngestContext } from '../ingest-context.js'
import { Publishers } from '../publish/publishers.js'
import type { RecordedLog } from './recorded-log.js'
import { testEnvironment } from './test-environment.js'
import { ingestStart } from './test-ingest.js'
import type { TestLanes } from './test-lanes.js'

/** Publishers over these lanes: Binance's ids are contiguous, Bybit's are not. */
export function contextOf(lanes: TestLanes, log: RecordedLog): IngestContext {
  const { counters } = lanes
  const environment = testEnvironment(lanes, { log })
  const publishers = new Publishers(ingestStart(lanes), environment, counters)
  const hosts = new VenueHosts({ ...environment, limitedLog: log.limitedLog })
  return { environment, publishers, counters, limitedLog: log.limitedLog, hosts }
}
