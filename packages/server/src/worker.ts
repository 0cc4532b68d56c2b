// A thread that several agents share, started by the supervisor: with TOPOLOGY=compact ingest and a gateway, with
// ISOLATION=off everything. No agent can tell: lanes, bells and messages are the same. Nothing blocks in this thread, and its
// CPU priority is not lowered, whoever is in it.

import { parentPort, workerData } from 'node:worker_threads'
import { FifoMerge } from '@tradelane/gateway/fifo-merge'
import type { NewMerge } from '@tradelane/gateway/merge'
import { PriorityMerge } from '@tradelane/gateway/priority-merge'
import { startGateway } from '@tradelane/gateway/start-gateway'
import { startIngest } from '@tradelane/ingest/start-ingest'
import { startL2 } from '@tradelane/l2-worker/start-l2'
import type { Agent } from '@tradelane/shared/thread/agent'
import { ThreadCell, ThreadState } from '@tradelane/shared/thread/parking'
import { PortLog } from '@tradelane/shared/thread/port-log'
import { type Evented, runEvented } from '@tradelane/shared/thread/runner'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { publishThreadId, watchThread } from '@tradelane/shared/thread/thread-watch'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import type { AgentStart, SharedStart } from './shared-start.js'
import type { MergeName } from './topology.js'

const MERGES: Readonly<Record<MergeName, NewMerge>> = {
  priority: options => new PriorityMerge(options),
  fifo: options => new FifoMerge(options),
}

const { threadIndex, control, traces, agents: starts } = workerData as SharedStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const cell = new ThreadCell(control, threadIndex)
publishThreadId(cell)
const log = new PortLog(supervisor)
let port: number | undefined
let evented: Evented | undefined

/** Null where a gateway cannot serve. */
const open = (start: AgentStart): Agent | null => {
  switch (start.kind) {
    case 'ingest':
      return startIngest(start.start, supervisor)
    case 'l2':
      return startL2({ ...start.task, supervisorPort: supervisor }, log)
    case 'gateway': {
      const opened = startGateway(start.start, supervisor, MERGES[start.merge])
      opened?.agent.onWake(() => evented?.wake())
      port = opened?.port
      return opened?.agent ?? null
    }
  }
}

// Downstream first, as with a thread for each: without a port nothing is asked of the venues.
const agents: Agent[] = []
for (const start of starts.toReversed()) {
  const agent = open(start)
  if (agent === null) break
  agents.unshift(agent)
}
if (agents.length === starts.length) {
  const activities = new ActivityRing(traces, threadIndex)
  watchThread(activities)
  // The venues' sockets may take a second to close; nothing waits for them.
  evented = runEvented(agents, cell, { activities, onStopped: () => process.exit(0) })
  cell.setState(ThreadState.running)
  supervisor.postMessage(
    (port === undefined ? { type: 'running' } : { type: 'running', port }) satisfies ThreadToSupervisor,
  )
}
