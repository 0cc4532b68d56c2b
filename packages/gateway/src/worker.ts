// A gateway thread, started by the supervisor. Reports when the port is open, or why it is not.

import { parentPort, workerData } from 'node:worker_threads'
import { Counters } from '@tradelane/shared/thread/counters'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { runEvented } from '@tradelane/shared/thread/runner'
import type { GatewayStart, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { publishThreadId, watchThread } from '@tradelane/shared/thread/thread-watch'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { PriorityMerge } from './priority-merge.js'
import { startGateway } from './start-gateway.js'

const start = workerData as GatewayStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const cell = new ThreadCell(start.control, start.threadIndex)
publishThreadId(cell)
const started = startGateway(start, supervisor, options => new PriorityMerge(options))
if (started !== null) {
  const { gateway, port } = started
  const activities = new ActivityRing(start.traces, start.threadIndex)
  const counters = new Counters(start.counters, start.threadIndex)
  watchThread(activities, counters)
  const evented = runEvented([gateway.merge], cell, { activities, counters, onStopped: () => supervisor.close() })
  gateway.onWake(() => evented.wake())
  supervisor.postMessage({ type: 'running', port } satisfies ThreadToSupervisor)
}
