// A gateway thread, started by the supervisor. Reports when the port is open, or why it is not.

import { parentPort, workerData } from 'node:worker_threads'
import { Counters } from '@tradelane/shared/thread/counters'
import { setNiceness } from '@tradelane/shared/thread/cpu-priority'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortLog } from '@tradelane/shared/thread/port-log'
import { runEvented } from '@tradelane/shared/thread/runner'
import type { GatewayStart, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { publishThreadId, watchThread } from '@tradelane/shared/thread/thread-watch'
import { untilOthersAreWarm } from '@tradelane/shared/thread/warm-up'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import type { NewMerge } from './merge.js'
import { PriorityMerge } from './priority-merge.js'
import { startGateway } from './start-gateway.js'
import { warmUp } from './warm-up.js'

const start = workerData as GatewayStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const cell = new ThreadCell(start.control, start.threadIndex)
publishThreadId(cell)
setNiceness(start.nice, new PortLog(supervisor))
const newMerge: NewMerge = options => new PriorityMerge(options)
// What waits for a thread that has restarted does not wait for this.
if (!cell.isRestarted()) {
  await warmUp(start, newMerge, { ms: start.warmUpMs, isOver: () => cell.isStopping() })
  cell.setWarm()
  await untilOthersAreWarm(start)
}
const started = startGateway(start, supervisor, newMerge)
if (started !== null) {
  const { gateway, port } = started
  const activities = new ActivityRing(start.traces, start.threadIndex)
  const counters = new Counters(start.counters, start.threadIndex)
  watchThread(activities, counters)
  const evented = runEvented([gateway.merge], cell, { activities, counters, onStopped: () => supervisor.close() })
  gateway.onWake(() => evented.wake())
  supervisor.postMessage({ type: 'running', port } satisfies ThreadToSupervisor)
}
