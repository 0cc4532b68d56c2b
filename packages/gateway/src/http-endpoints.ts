// What the gateway's port answers to plain HTTP: whether the process lives, whether it is ready for clients, and why trades
// were late. Everything else on the port is a WebSocket.

import type { Tail } from './tail/tail.js'
import type { App, HttpResponse } from './uws.js'

export interface Health {
  /** Listening, not stopping, and at least one venue's trade connection is live. */
  isReady(): boolean
  /** For the operator who reads `/readyz`. */
  notReadyReason(): string
}

export function serveHttp(app: App, health: Health): void {
  app.get('/healthz', response => answer(response, '200 OK', 'ok\n'))
  app.get('/readyz', response => {
    if (health.isReady()) answer(response, '200 OK', 'ready\n')
    else answer(response, '503 Service Unavailable', `not ready: ${health.notReadyReason()}\n`)
  })
  app.get('/', response => answer(response, '200 OK', 'Tradelane: connect here with a WebSocket (ws://).\n'))
  app.any('/*', response => answer(response, '404 Not Found', 'not found\n'))
}

/** Call it before `serveHttp`, which answers all other paths. JSON, or text where the request accepts that first. */
export function serveTail(app: App, tail: Tail): void {
  app.get('/tail', (response, request) => {
    if (request.getHeader('accept').startsWith('text/plain')) answer(response, '200 OK', tail.text())
    else answer(response, '200 OK', tail.json(), 'application/json')
  })
}

function answer(response: HttpResponse, status: string, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeStatus(status).writeHeader('content-type', type).end(body)
}
