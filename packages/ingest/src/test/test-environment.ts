// The environment of ingest in its tests: real timers, sockets and REST, over the lanes of the test. Used by this package's
// tests.

import { systemTimers } from '@tradelane/shared/thread/timers'
import { VenueSocket } from '../connection/venue-socket.js'
import type { IngestEnvironment } from '../ingest-environment.js'
import { PooledInstrumentListReader } from '../rest/instrument-list-reader.js'
import { RecordedLog } from './recorded-log.js'
import type { TestLanes } from './test-lanes.js'

export function testEnvironment(lanes: TestLanes, change: Partial<IngestEnvironment> = {}): IngestEnvironment {
  const { clock, activities, counters } = lanes
  return {
    clock,
    timers: systemTimers,
    nowMs: () => performance.now(),
    random: Math.random,
    openSocket: (url, options) =>
      new VenueSocket(url, { ...options, clock, activities, counters, timers: systemTimers, proxy: null }),
    fetch,
    lists: new PooledInstrumentListReader(),
    log: new RecordedLog(),
    recorder: undefined,
    ...change,
  }
}
