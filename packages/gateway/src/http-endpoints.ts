// What the gateway's port answers to plain HTTP: whether the process lives, and whether it is ready for clients. Everything else
// on the port is a WebSocket, on every path. Other reports are the admin thread's.

import type { Counters } from '@tradelane/shared/thread/counters'
import type { CounterName } from '@tradelane/shared/thread/metric-table'
import { AddressRates } from './address-rates.js'
import {
  ALIVE,
  type Answer,
  BODY_REFUSED,
  NOT_ALLOWED,
  NOT_FOUND,
  notReady,
  READY,
  sendAnswer,
  TOO_MANY_REQUESTS,
} from './answer.js'
import { readClientAddress } from './client-address.js'
import { REQUEST_RATE } from './limits.js'
import type { RequestQueue } from './request-queue.js'
import type { App, HttpRequest } from './uws.js'

export interface Health {
  /** Listening, not stopping, and at least one venue's trade connection is live. */
  isReady(): boolean
  /** For the operator who reads `/readyz`. */
  notReadyReason(): string
}

export interface HttpEndpointsOptions {
  readonly app: App
  readonly health: Health
  readonly queue: RequestQueue
  readonly counters: Counters
  readonly nowMs: () => number
}

/** Call it after the WebSocket route, which takes the handshakes of every path. */
export function serveHttp({ app, health, queue, counters, nowMs }: HttpEndpointsOptions): void {
  const rates = new AddressRates(REQUEST_RATE)
  app.any('/*', (response, request) => {
    const { network } = readClientAddress(response.getRemoteAddress())
    if (!rates.take(network, nowMs())) {
      counters.add('requestsRefusedRate')
      queue.refuse('request', response, TOO_MANY_REQUESTS)
      return
    }
    const refusal = refusalOf(request)
    if (refusal !== null) {
      counters.add(refusal.counter)
      queue.refuse('request', response, refusal.answer)
      return
    }
    // The request is gone when its answer is due.
    const isReadiness = request.getUrl() === '/readyz'
    queue.add(response, () => {
      counters.add('requestsAnswered')
      sendAnswer(response, isReadiness ? readiness(health) : ALIVE)
    })
  })
}

interface Refusal {
  readonly counter: CounterName
  readonly answer: Answer
}

const PATH_REFUSAL: Refusal = { counter: 'requestsRefusedPath', answer: NOT_FOUND }
const METHOD_REFUSAL: Refusal = { counter: 'requestsRefusedMethod', answer: NOT_ALLOWED }
const BODY_REFUSAL: Refusal = { counter: 'requestsRefusedBody', answer: BODY_REFUSED }

function refusalOf(request: HttpRequest): Refusal | null {
  if (!PATHS.has(request.getUrl())) return PATH_REFUSAL
  if (request.getMethod() !== 'get') return METHOD_REFUSAL
  const hasBody =
    !['', '0'].includes(request.getHeader('content-length')) || request.getHeader('transfer-encoding') !== ''
  return hasBody ? BODY_REFUSAL : null
}

const PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

function readiness(health: Health): Answer {
  return health.isReady() ? READY : notReady(health.notReadyReason())
}
