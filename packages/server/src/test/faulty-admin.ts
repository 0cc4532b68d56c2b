// The admin thread for tests, with the faults that a test requests: the product's agent and runner, beside an agent that spins,
// fills the heap, throws or exits.

import { parentPort, workerData } from 'node:worker_threads'
import { startAdmin } from '@tradelane/admin/start-admin'
import type { Agent } from '@tradelane/shared/thread/agent'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { runEvented } from '@tradelane/shared/thread/runner'
import type { AdminStart, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { publishThreadId } from '@tradelane/shared/thread/thread-watch'

export const AdminFault = { none: 0, spin: 1, fillHeap: 2, throw: 3, exit: 4 } as const
export type AdminFault = (typeof AdminFault)[keyof typeof AdminFault]

export interface FaultyAdminStart extends AdminStart {
  /** One i32: the fault that the next turn has. */
  readonly fault: SharedArrayBuffer
}

if (parentPort !== null) run(workerData as FaultyAdminStart, parentPort)

function run(start: FaultyAdminStart, supervisor: NonNullable<typeof parentPort>): void {
  const cell = new ThreadCell(start.control, start.threadIndex)
  publishThreadId(cell)
  const agent = startAdmin(start, supervisor)
  const fault = new Int32Array(start.fault)
  const faulty: Agent = {
    doWork: () => {
      act(Atomics.exchange(fault, 0, AdminFault.none))
      return 0
    },
    msToNextDeadline: () => 20,
    close: () => {},
  }
  const evented = runEvented([agent, faulty], cell, { onStopped: () => process.exit(0) })
  agent.onWake(() => evented.wake())
  supervisor.postMessage({ type: 'running' } satisfies ThreadToSupervisor)
}

function act(fault: number): void {
  const kept: object[] = []
  switch (fault) {
    case AdminFault.spin:
      for (;;);
    case AdminFault.fillHeap:
      // In small steps: one allocation of more than V8's reserve beyond the limit would abort the process.
      for (;;) kept.push(new Array(10_000).fill(kept.length + 0.5))
    case AdminFault.throw:
      throw new Error('a fault of the admin thread')
    case AdminFault.exit:
      process.exit(3)
  }
}
