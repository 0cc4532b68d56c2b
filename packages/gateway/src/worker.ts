// A gateway thread, started by the supervisor. Tells it when the port is open, or why it cannot be.

import { parentPort, workerData } from 'node:worker_threads'
import { FlightRecorder } from '@tradelane/shared/flight-recorder'
import { ThreadCell, ThreadState } from '@tradelane/shared/parking'
import { runEvented } from '@tradelane/shared/runner'
import type { GatewayStart, ThreadToSupervisor } from '@tradelane/shared/thread-messages'
import { tellThreadId, watchThread } from '@tradelane/shared/thread-watch'
import { openGateway } from './opened-gateway.js'
import { PriorityMerge } from './priority-merge.js'

const start = workerData as GatewayStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

const cell = new ThreadCell(start.control, start.threadIndex)
tellThreadId(cell)
const opened = openGateway(start, supervisor, options => new PriorityMerge(options))
if (opened !== null) {
  const { agent, port } = opened
  const flights = new FlightRecorder(start.traces, start.threadIndex)
  watchThread(flights)
  const evented = runEvented([agent], cell, { flights, onStopped: () => supervisor.close() })
  agent.onWake(() => evented.wake())
  cell.setState(ThreadState.running)
  supervisor.postMessage({ type: 'running', port } satisfies ThreadToSupervisor)
}
