// Started by Piscina in its own thread: one task that runs until the stop flag is set. Lowers the priority of its thread, so
// that a flood of books never takes the CPU from a trade, then blocks between turns. What it runs is the agent of one shard.

import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortLog } from '@tradelane/shared/thread/port-log'
import { runBlocking } from '@tradelane/shared/thread/runner'
import type { L2Task, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { publishThreadId } from '@tradelane/shared/thread/thread-watch'
import { lowerPriority } from './cpu-priority.js'

export default async function run(task: L2Task): Promise<void> {
  const log = new PortLog(task.supervisorPort)
  const cell = new ThreadCell(task.control, task.threadIndex)
  publishThreadId(cell)
  lowerPriority(task.nice, log)
  // Not before: loading and compiling the rest takes CPU, too, and happens at each restart, maybe in a burst.
  const { startL2 } = await import('./start-l2.js')
  const agent = startL2(task, log)
  agent.doWork()
  task.supervisorPort.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
  runBlocking([agent], cell)
  task.supervisorPort.close()
}
