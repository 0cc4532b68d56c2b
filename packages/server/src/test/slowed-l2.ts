// The thread of an L2 worker for tests that is as slow as the test wants, from one moment to the next: the product's agent
// and runner, with a rest after each turn.

import { parentPort, workerData } from 'node:worker_threads'
import { startL2 } from '@tradelane/l2-worker/start-l2'
import type { Agent } from '@tradelane/shared/thread/agent'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { runBlocking } from '@tradelane/shared/thread/runner'
import type { L2Start, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'

export interface SlowedL2Start extends L2Start {
  /** One i32: milliseconds of rest after each turn that had work. */
  readonly restMs: SharedArrayBuffer
}

const start = workerData as SlowedL2Start
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const agent = startL2(start, supervisor)
const words = new Int32Array(start.restMs)
const never = new Int32Array(new SharedArrayBuffer(4))
const slowed: Agent = {
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
supervisor.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
runBlocking([slowed], new ThreadCell(start.control, start.threadIndex))
