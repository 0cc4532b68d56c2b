// A gateway thread as the supervisor starts it, with either merge, beside an agent that blocks the thread on request: what a
// fault in our own code would look like to a trade. Started by the tests of the tail.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import type { Agent } from '@tradelane/shared/thread/agent'
import { Counters } from '@tradelane/shared/thread/counters'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { runEvented } from '@tradelane/shared/thread/runner'
import type { GatewayStart } from '@tradelane/shared/thread/thread-messages'
import { watchThread } from '@tradelane/shared/thread/thread-watch'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { FifoMerge } from '../fifo-merge.js'
import { PriorityMerge } from '../priority-merge.js'
import { startGateway } from '../start-gateway.js'

/** Milliseconds to spin, and milliseconds to collect garbage, in the next turn. */
export type BusyRequest = Int32Array<SharedArrayBuffer>

const start = workerData as GatewayStart & { readonly request: BusyRequest; readonly isFifo: boolean }
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread')

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const busy: Agent = {
  doWork(): number {
    const spinUntilMs = performance.now() + Atomics.exchange(start.request, 0, 0)
    while (performance.now() < spinUntilMs);
    const collectUntilMs = performance.now() + Atomics.exchange(start.request, 1, 0)
    while (performance.now() < collectUntilMs) collect()
    return 0
  },
  msToNextDeadline: () => Number.POSITIVE_INFINITY,
  close: () => {},
}

const started = startGateway(start, supervisor, options =>
  start.isFifo ? new FifoMerge(options) : new PriorityMerge(options),
)
if (started !== null) {
  const cell = new ThreadCell(start.control, start.threadIndex)
  const activities = new ActivityRing(start.traces, start.threadIndex)
  const counters = new Counters(start.counters, start.threadIndex)
  watchThread(activities, counters)
  const { gateway, port } = started
  const evented = runEvented([busy, gateway.merge], cell, { activities, counters, onStopped: () => supervisor.close() })
  gateway.onWake(() => evented.wake())
  supervisor.postMessage({ type: 'running', port })
}
