// A thread that several agents share, started by the supervisor: ingest and a gateway with TOPOLOGY=compact, everything with
// ISOLATION=off. Lanes, bells and messages are the same as with a thread for each. Nothing blocks in this thread, and its CPU
// priority is not lowered.

import { parentPort, workerData } from 'node:worker_threads'
import { FifoMerge } from '@tradelane/gateway/fifo-merge'
import type { NewMerge } from '@tradelane/gateway/merge'
import { PriorityMerge } from '@tradelane/gateway/priority-merge'
import { startGateway } from '@tradelane/gateway/start-gateway'
import { warmUp as warmUpGateway } from '@tradelane/gateway/warm-up'
import { startIngest } from '@tradelane/ingest/start-ingest'
import { warmUp as warmUpIngest } from '@tradelane/ingest/warm-up'
import { startL2 } from '@tradelane/l2-worker/start-l2'
import { warmUp as warmUpShard } from '@tradelane/l2-worker/warm-up'
import type { Agent } from '@tradelane/shared/thread/agent'
import { Counters } from '@tradelane/shared/thread/counters'
import { setNiceness } from '@tradelane/shared/thread/cpu-priority'
import { ThreadCell } from '@tradelane/shared/thread/parking'
import { PortLog } from '@tradelane/shared/thread/port-log'
import { type Evented, runEvented } from '@tradelane/shared/thread/runner'
import type { ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { publishThreadId, watchThread } from '@tradelane/shared/thread/thread-watch'
import { ActivityRing } from '@tradelane/shared/trace/activity-ring'
import type { AgentStart, WorkerStart } from './thread-starts.js'
import type { MergeName } from './topology.js'

const MERGES: Readonly<Record<MergeName, NewMerge>> = {
  priority: options => new PriorityMerge(options),
  fifo: options => new FifoMerge(options),
}

const { threadIndex, control, counters: counterBlock, traces, agents: starts } = workerData as WorkerStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const cell = new ThreadCell(control, threadIndex)
publishThreadId(cell)
for (const each of starts) if (each.kind === 'ingest') setNiceness(each.start.nice, new PortLog(supervisor))
let port: number | undefined
let evented: Evented | undefined

/** Null when the gateway cannot serve; the supervisor has the reason. */
const startAgent = (start: AgentStart): Agent | null => {
  switch (start.kind) {
    case 'ingest':
      return startIngest(start.start, supervisor)
    case 'l2':
      return startL2(start.start, supervisor)
    case 'gateway': {
      const started = startGateway(start.start, supervisor, MERGES[start.merge])
      started?.gateway.onWake(() => evented?.wake())
      port = started?.port
      return started?.gateway.merge ?? null
    }
  }
}

const warmUp = async (start: AgentStart): Promise<void> => {
  const limits = { ms: start.start.warmUpMs / starts.length, isOver: () => cell.isStopping() }
  if (start.kind === 'ingest') await warmUpIngest(start.start, limits)
  else if (start.kind === 'gateway') await warmUpGateway(start.start, MERGES[start.merge], limits)
  else await warmUpShard(start.start, limits)
}

// What waits for a thread that has restarted does not wait for this. One after the other: each would slow the others down.
if (!cell.isRestarted()) for (const start of starts) await warmUp(start)
cell.setWarm()

// Downstream first, as with a thread for each: without a port no venue is connected to.
const agents: Agent[] = []
for (const start of starts.toReversed()) {
  const agent = startAgent(start)
  if (agent === null) break
  agents.unshift(agent)
}
if (agents.length === starts.length) {
  const activities = new ActivityRing(traces, threadIndex)
  const counters = new Counters(counterBlock, threadIndex)
  watchThread(activities, counters)
  // Sockets to venues may take a second to close: no need to wait for them.
  evented = runEvented(agents, cell, { activities, counters, onStopped: () => process.exit(0) })
  supervisor.postMessage(
    (port === undefined ? { type: 'running' } : { type: 'running', port }) satisfies ThreadToSupervisor,
  )
}
