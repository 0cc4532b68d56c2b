// The ingest thread, started by the supervisor.

import { parentPort, workerData } from 'node:worker_threads'
import { Counters } from '@tradelane/shared/thread/counters'
import { setNiceness } from '@tradelane/shared/thread/cpu-priority'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortLog } from '@tradelane/shared/thread/port-log'
import { runEvented } from '@tradelane/shared/thread/runner'
import type { IngestStart, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { publishThreadId, watchThread } from '@tradelane/shared/thread/thread-watch'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import { startIngest } from './start-ingest.js'
import { warmUp } from './warm-up.js'

const start = workerData as IngestStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const cell = new ThreadCell(start.control, start.threadIndex)
publishThreadId(cell)
setNiceness(start.nice, new PortLog(supervisor))
// Connections are made meanwhile.
const agent = startIngest(start, supervisor)
// What waits for a thread that has restarted does not wait for this.
if (!cell.isRestarted()) await warmUp(start, { ms: start.warmUpMs, isOver: () => cell.isStopping() })
cell.setWarm()
const counters = new Counters(start.counters, start.threadIndex)
watchThread(new ActivityRing(start.traces, start.threadIndex), counters)
// The venues' sockets may take a second to close; nothing waits for them.
runEvented([agent], cell, { counters, onStopped: () => process.exit(0) })
supervisor.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
