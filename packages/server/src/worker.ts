// A thread that several agents share, started by the supervisor: with TOPOLOGY=compact ingest and a gateway, with
// ISOLATION=off everything. No agent can tell: lanes, bells and messages are the same. Nothing blocks in this thread, and its
// CPU priority is not lowered, whoever is in it.

import { parentPort, workerData } from 'node:worker_threads'
import { FifoMerge } from '@tradelane/gateway/fifo-merge'
import type { NewMerge } from '@tradelane/gateway/merge'
import { openGateway } from '@tradelane/gateway/opened-gateway'
import { PriorityMerge } from '@tradelane/gateway/priority-merge'
import { openIngest } from '@tradelane/ingest/opened-ingest'
import { newL2Agent } from '@tradelane/l2-worker/shard'
import type { Agent } from '@tradelane/shared/agent'
import { FlightRecorder } from '@tradelane/shared/flight-recorder'
import { ThreadCell, ThreadState } from '@tradelane/shared/parking'
import { PortLog } from '@tradelane/shared/port-log'
import { type Evented, runEvented } from '@tradelane/shared/runner'
import type { ThreadToSupervisor } from '@tradelane/shared/thread-messages'
import { tellThreadId, watchThread } from '@tradelane/shared/thread-watch'
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
tellThreadId(cell)
const log = new PortLog(supervisor)
let port: number | undefined
let evented: Evented | undefined

/** Null where a gateway cannot serve. */
const open = (start: AgentStart): Agent | null => {
  switch (start.kind) {
    case 'ingest':
      return openIngest(start.start, supervisor)
    case 'l2':
      return newL2Agent({ ...start.task, supervisorPort: supervisor }, log)
    case 'gateway': {
      const opened = openGateway(start.start, supervisor, MERGES[start.merge])
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
  const flights = new FlightRecorder(traces, threadIndex)
  watchThread(flights)
  // The venues' sockets may take a second to close; nothing waits for them.
  evented = runEvented(agents, cell, { flights, onStopped: () => process.exit(0) })
  cell.setState(ThreadState.running)
  supervisor.postMessage(
    (port === undefined ? { type: 'running' } : { type: 'running', port }) satisfies ThreadToSupervisor,
  )
}
