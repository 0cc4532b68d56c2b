// What the port answers to a request that does not become a client: one short answer, and the connection is closed.

import { RETRY_CLIENTS_S, RETRY_RATE_S } from './limits.js'
import type { HttpResponse } from './uws.js'

export interface Answer {
  readonly status: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export const ALIVE: Answer = { status: '200 OK', body: 'ok\n' }
export const READY: Answer = { status: '200 OK', body: 'ready\n' }
export const TOKEN_NEEDED: Answer = {
  status: '401 Unauthorized',
  body: 'a token is needed\n',
  headers: { 'www-authenticate': 'Bearer' },
}
export const ORIGIN_REFUSED: Answer = { status: '403 Forbidden', body: 'this origin is not allowed\n' }
export const NOT_FOUND: Answer = { status: '404 Not Found', body: 'not found\n' }
export const NOT_ALLOWED: Answer = {
  status: '405 Method Not Allowed',
  body: 'expected GET\n',
  headers: { allow: 'GET' },
}
export const BODY_REFUSED: Answer = { status: '413 Content Too Large', body: 'expected a request without a body\n' }
export const URL_TOO_LONG: Answer = { status: '414 URI Too Long', body: 'expected a shorter URL\n' }
export const TOO_MANY_REQUESTS: Answer = {
  status: '429 Too Many Requests',
  body: 'too many requests from this address\n',
  headers: { 'retry-after': String(RETRY_RATE_S) },
}
export const TOO_MANY_OF_ADDRESS: Answer = {
  status: '429 Too Many Requests',
  body: 'too many clients of this address\n',
  headers: { 'retry-after': String(RETRY_CLIENTS_S) },
}
export const TOO_MANY_CLIENTS: Answer = {
  status: '503 Service Unavailable',
  body: 'too many clients\n',
  headers: { 'retry-after': String(RETRY_CLIENTS_S) },
}

export function notReady(reason: string): Answer {
  return { status: '503 Service Unavailable', body: `not ready: ${reason}\n` }
}

/** Corked by the caller. The kernel takes it whole, so that nothing is kept for a client that does not read it. */
export function sendAnswer(response: HttpResponse, { status, body, headers = {} }: Answer): void {
  response.writeStatus(status).writeHeader('content-type', 'text/plain; charset=utf-8')
  for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value)
  response.end(body, true)
}
