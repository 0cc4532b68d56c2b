// Composes a gateway in its thread and opens its port; reports to the supervisor when that fails. Used by the gateway's own
// thread and by a thread that several agents share.

import type { MessagePort } from 'node:worker_threads'
import { monotonicUs } from '@tradelane/shared/thread/clock'
import { PortLog } from '@tradelane/shared/thread/port-log'
import type { GatewayStart, SupervisorToGateway, ThreadToSupervisor } from '@tradelane/shared/thread/thread-messages'
import { systemTimers } from '@tradelane/shared/thread/timers'
import { Gateway } from './gateway.js'
import type { NewMerge } from './merge.js'
import { PortInUseError } from './port.js'
import { loadUws, type Uws } from './uws.js'

export interface StartedGateway {
  readonly gateway: Gateway
  readonly port: number
}

/** Null when it cannot serve: the reason is reported, and nothing is left open. */
export function startGateway(start: GatewayStart, supervisor: MessagePort, newMerge: NewMerge): StartedGateway | null {
  const uws = load(supervisor)
  if (uws === null) return null
  const gateway = new Gateway(start, {
    uws,
    log: new PortLog(supervisor),
    newMerge,
    timers: systemTimers,
    nowUs: monotonicUs,
    postLateTrades: message => post(supervisor, message),
  })
  // However this thread ends, by an uncaught error too: open native handles would abort the whole process.
  process.on('exit', () => gateway.closeNow())
  try {
    const port = gateway.listen()
    // Keeps the thread alive: not where it has nothing to do.
    supervisor.on('message', (message: SupervisorToGateway) => gateway.accept(message))
    return { gateway, port }
  } catch (error) {
    gateway.closeNow()
    if (!(error instanceof PortInUseError)) throw error
    post(supervisor, { type: 'fatal', code: error.code, message: error.message })
    return null
  }
}

function load(supervisor: MessagePort): Uws | null {
  try {
    return loadUws()
  } catch (error) {
    const message = String(error instanceof Error ? error.message : error)
    post(supervisor, { type: 'fatal', code: 'ERR_UWS_LOAD', message })
    return null
  }
}

function post(supervisor: MessagePort, message: ThreadToSupervisor): void {
  supervisor.postMessage(message)
}
