// The server of tls-figures.ts, in a thread of its own: measures its own CPU time, and the longest turn of its event loop.

import { openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { ClientPort } from '@tradelane/gateway/client-port'
import { Port } from '@tradelane/gateway/port'
import { loadUws } from '@tradelane/gateway/uws'
import { createAdmission } from '@tradelane/shared/thread/admission-layout'
import { Counters, createCounters } from '@tradelane/shared/thread/counters'
import { RateLimitedLog } from '@tradelane/shared/thread/log'
import { PortGate } from '@tradelane/shared/thread/port-gate'
import { PortLog } from '@tradelane/shared/thread/port-log'
import type { CertificatePaths } from '@tradelane/shared/thread/thread-messages'
import { systemTimers } from '@tradelane/shared/thread/timers'

export interface TlsServerStart {
  readonly certificate: CertificatePaths
  readonly port: number
}

/** Since the last question. */
export interface TlsServerUsage {
  readonly cpuMs: number
  readonly longestTurnMs: number
}

const start = workerData as TlsServerStart
const parent = parentPort
if (parent === null) throw new Error('this file is a worker of tls-figures.ts')
const uws = loadUws()
const counters = new Counters(createCounters(1), 0)
const log = new PortLog(parent)
const { certificate, port } = start
const clientPort = new ClientPort({
  uws,
  port: new Port({
    uws,
    gate: new PortGate(createAdmission(1, 1)),
    gateway: 0,
    host: '127.0.0.1',
    port,
    isExclusive: true,
    counters,
    limitedLog: new RateLimitedLog(log),
  }),
  certificate,
  serve: app => {
    app.any('/*', response => response.end('ok', true))
    return () => 0
  },
  release: app => app.close(),
  counters,
  log,
  timers: systemTimers,
  nowMs: () => performance.now(),
})
process.on('exit', () => clientPort.closeNow())
const schedstat = openSync('/proc/thread-self/schedstat', 'r')
const bytes = Buffer.alloc(96)
let [sinceMs, turnMs, longestTurnMs] = [cpuMs(), cpuMs(), 0]
let isEnded = false
clientPort.listen()
parent.on('message', (question: 'usage' | 'end') => void answer(question))
watchTurns()
parent.postMessage('listening')

async function answer(question: 'usage' | 'end'): Promise<void> {
  if (question === 'usage') {
    parent?.postMessage({ cpuMs: cpuMs() - sinceMs, longestTurnMs } satisfies TlsServerUsage)
    sinceMs = cpuMs()
    longestTurnMs = 0
    return
  }
  isEnded = true
  clientPort.stopListening()
  await clientPort.endHandshakes()
  parent?.close()
}

/** Called in each turn of the event loop: the CPU time between two calls is that of one. */
function watchTurns(): void {
  if (isEnded) return
  const nowMs = cpuMs()
  longestTurnMs = Math.max(longestTurnMs, nowMs - turnMs)
  turnMs = nowMs
  setTimeout(watchTurns, 1)
}

function cpuMs(): number {
  const text = bytes.toString('latin1', 0, readSync(schedstat, bytes, 0, bytes.length, 0))
  return Number(text.split(' ')[0]) / 1e6
}
