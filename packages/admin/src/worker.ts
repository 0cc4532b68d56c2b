// The admin thread, started by the supervisor. It lowers its own CPU priority, so that no request takes the CPU from a trade or a
// book. Nothing needs it: it may hang, run out of memory or exit.

import { parentPort, workerData } from 'node:worker_threads'
import { Counters } from '@tradelane/shared/thread/counters'
import { setNiceness } from '@tradelane/shared/thread/cpu-priority'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortLog } from '@tradelane/shared/thread/port-log'
import { runEvented } from '@tradelane/shared/thread/runner'
import type { AdminStart, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { publishThreadId, watchCollections } from '@tradelane/shared/thread/thread-watch'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'

const start = workerData as AdminStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const cell = new ThreadCell(start.control, start.threadIndex)
publishThreadId(cell)
setNiceness(start.nice, new PortLog(supervisor))
// Loaded at the lower priority: loading and compiling take CPU, too.
const { startAdmin } = await import('./start-admin.js')
const agent = startAdmin(start, supervisor)
const activities = new ActivityRing(start.traces, start.threadIndex)
const counters = new Counters(start.counters, start.threadIndex)
watchCollections(activities, counters)
const evented = runEvented([agent], cell, { activities, counters, onStopped: () => process.exit(0) })
agent.onWake(() => evented.wake())
supervisor.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
