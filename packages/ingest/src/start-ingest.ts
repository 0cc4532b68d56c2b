// Builds ingest's agent in its thread, connected to the supervisor and to the venues. Used by ingest's own thread and by one
// that several agents share.

import type { MessagePort } from 'node:worker_threads'
import { Clock, threadMs } from '@tradelane/shared/thread/clock'
import { Counters } from '@tradelane/shared/thread/counters'
import { PortLog } from '@tradelane/shared/thread/port-log'
import type { IngestStart, SupervisorToIngest } from '@tradelane/shared/thread/thread-messages'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { FrameRecorder } from './connection/frame-recorder.js'
import { VenueSocket } from './connection/venue-socket.js'
import { proxyFor } from './host/venue-proxy.js'
import { IngestAgent } from './ingest-agent.js'
import type { IngestEnvironment } from './ingest-environment.js'
import { PooledInstrumentListReader } from './rest/instrument-list-reader.js'
import { RestThread } from './rest/rest-thread.js'

export function startIngest(start: IngestStart, supervisor: MessagePort): IngestAgent {
  const agent = new IngestAgent(start, systemEnvironment(start, supervisor))
  supervisor.on('message', (message: SupervisorToIngest) => agent.accept(message))
  agent.open()
  return agent
}

function systemEnvironment(start: IngestStart, supervisor: MessagePort): IngestEnvironment {
  const clock = new Clock(start.clock)
  const timers = systemTimers
  const activities = new ActivityRing(start.traces, start.threadIndex)
  const counters = new Counters(start.counters, start.threadIndex)
  return {
    clock,
    timers,
    nowMs: threadMs,
    random: Math.random,
    openSocket: (url, options) =>
      new VenueSocket(url, { ...options, clock, timers, activities, counters, proxy: proxyFor(url, start.proxy) }),
    fetch: new RestThread(start.proxy).fetch,
    lists: new PooledInstrumentListReader(),
    log: new PortLog(supervisor),
    recorder: start.isRecording ? new FrameRecorder(supervisor, clock, timers) : undefined,
  }
}
