// Builds the admin agent in its thread: with the thread's log and clock, and with the messages of the supervisor.

import type { MessagePort } from 'node:worker_threads'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { PortLog } from '@tradelane/shared/thread/port-log'
import type { AdminStart, SupervisorToAdmin, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { AdminAgent } from './admin-agent.js'

export function startAdmin(start: AdminStart, supervisor: MessagePort): AdminAgent {
  const agent = new AdminAgent(start, {
    log: new PortLog(supervisor),
    timers: systemTimers,
    nowUs: monotonicUs,
    onListening: port => supervisor.postMessage({ type: 'admin-listening', port } satisfies ThreadToSupervisor),
  })
  supervisor.on('message', (message: SupervisorToAdmin) => agent.accept(message))
  return agent
}
