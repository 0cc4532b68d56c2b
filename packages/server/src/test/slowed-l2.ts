// An L2 worker for tests that is as slow as the test wants, from one moment to the next: the product's agent in the product's
// thread, with a rest after each turn. Started as the product starts its own.

import { newL2Agent } from '@tradelane/l2-worker/shard'
import type { Agent } from '@tradelane/shared/agent'
import { ThreadCell } from '@tradelane/shared/parking'
import { PortLog } from '@tradelane/shared/port-log'
import { runBlocking } from '@tradelane/shared/runner'
import type { L2Task, ThreadToSupervisor } from '@tradelane/shared/thread-messages'

export interface SlowedTask extends L2Task {
  /** One i32: milliseconds of rest after each turn that had work. */
  readonly restMs: SharedArrayBuffer
}

/** @public started by its file's name, as the product's own worker is */
export default async function run(task: SlowedTask): Promise<void> {
  const agent = newL2Agent(task, new PortLog(task.supervisorPort))
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
