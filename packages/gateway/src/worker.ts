// A gateway thread, started by the supervisor. Tells it when the port is open, or why it cannot be.

import { parentPort, workerData } from 'node:worker_threads'
import { ThreadCell, ThreadState } from '@tradelane/shared/parking'
import { PortLog } from '@tradelane/shared/port-log'
import { runEvented } from '@tradelane/shared/runner'
import type { GatewayStart, ThreadToSupervisor } from '@tradelane/shared/thread-messages'
import { GatewayAgent, PortInUseError } from './gateway-agent.js'
import { loadUws, type Uws } from './uws.js'

const start = workerData as GatewayStart
const supervisor = parentPort
if (supervisor === null) throw new Error('this file is a worker thread of the supervisor')

function tell(message: ThreadToSupervisor): void {
  supervisor?.postMessage(message)
}

function load(): Uws | undefined {
  try {
    return loadUws()
  } catch (error) {
    tell({ type: 'fatal', code: 'ERR_UWS_LOAD', message: String(error instanceof Error ? error.message : error) })
    return undefined
  }
}

const uws = load()
if (uws !== undefined) {
  const agent = new GatewayAgent(start, uws, new PortLog(supervisor))
  // Whatever ends this thread, an uncaught error too: open native handles would abort the whole process.
  process.on('exit', () => agent.closeNow())
  const cell = new ThreadCell(start.control, start.threadIndex)
  try {
    const port = agent.listen()
    const evented = runEvented([agent], cell, { onStopped: () => supervisor.close() })
    agent.onWake(() => evented.wake())
    cell.setState(ThreadState.running)
    tell({ type: 'running', port })
  } catch (error) {
    agent.closeNow()
    if (!(error instanceof PortInUseError)) throw error
    tell({ type: 'fatal', code: error.code, message: error.message })
  }
}
