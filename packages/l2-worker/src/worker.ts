// The thread of an L2 worker, started by the supervisor. It lowers its own CPU priority, so that a burst of books never takes
// the CPU from a trade, and blocks between turns: no port event and no timer runs here.

import { parentPort, workerData } from 'node:worker_threads'
import { Counters } from '@tradelane/shared/thread/counters'
import { setNiceness } from '@tradelane/shared/thread/cpu-priority'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortLog } from '@tradelane/shared/thread/port-log'
import { runBlocking } from '@tradelane/shared/thread/runner'
import type { L2Start, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { publishThreadId } from '@tradelane/shared/thread/thread-watch'

const start = workerData as L2Start
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const cell = new ThreadCell(start.control, start.threadIndex)
publishThreadId(cell)
setNiceness(start.nice, new PortLog(supervisor))
// Loaded at the lower priority: loading and compiling take CPU, too, at each restart and maybe in a burst.
const [{ startL2 }, { warmUp }] = await Promise.all([import('./start-l2.js'), import('./warm-up.js')])
const agent = startL2(start, supervisor)
agent.doWork()
supervisor.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
// Its books come first.
const work = (): number => {
  cell.beat()
  return agent.doWork()
}
// Books wait for a thread that has restarted.
if (!cell.isRestarted()) await warmUp(start, { ms: start.warmUpMs, isOver: () => cell.isStopping() }, work)
cell.setWarm()
runBlocking([agent], cell, { counters: new Counters(start.counters, start.threadIndex) })
