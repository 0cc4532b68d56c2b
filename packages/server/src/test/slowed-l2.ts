// An L2 worker for tests that is as slow as the test wants, from one moment to the next: the product's agent in the product's
// thread, with a rest after each turn. Started as the product starts its own.

import { startL2 } from '@tradelane/l2-worker/start-l2'
import type { Agent } from '@tradelane/shared/thread/agent'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortLog } from '@tradelane/shared/thread/port-log'
import { runBlocking } from '@tradelane/shared/thread/runner'
import type { L2Task, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'

export interface SlowedTask extends L2Task {
  /** One i32: milliseconds of rest after each turn that had work. */
  readonly restMs: SharedArrayBuffer
}

/** @public started by its file's name, as the product's own worker is */
export default async function run(task: SlowedTask): Promise<void> {
  const agent = startL2(task, new PortLog(task.supervisorPort))
  const words = new Int32Array(task.restMs)
  const never = new Int32Array(new SharedArrayBuffer(4))
  const slowed: Agent = {
    role: agent.role,
    doWork: () => {
      const count = agent.doWork()
      const restMs = Atomics.load(words, 0)
      if (count > 0 && restMs > 0) Atomics.wait(never, 0, 0, restMs)
      return count
    },
    msToNextDeadline: () => agent.msToNextDeadline(),
    close: () => agent.close(),
  }
  slowed.doWork()
  task.supervisorPort.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
  runBlocking([slowed], new ThreadCell(task.control, task.threadIndex))
  task.supervisorPort.close()
}
