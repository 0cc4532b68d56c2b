// What a request must be before a route sees it: within the rate, for a name of this server, from one who may ask, without a
// body. Anything else has a short answer, and its connection is closed.

import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { AccessRules } from '@tradelane/shared/thread/thread-messages'
import { REQUESTS_PER_S_MAX } from '../limits.js'
import { AccessGuard } from './access-guard.js'
import { HostRule } from './host-rule.js'
import { RequestRate } from './request-rate.js'

export interface Refusal {
  readonly status: 400 | 401 | 403 | 413 | 421 | 429
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RequestGateOptions {
  /** Beside loopback names. */
  readonly hostNames: readonly string[]
  readonly access: AccessRules
  readonly counters: Pick<Counters, 'add'>
  readonly nowMs: () => number
  /** Paths that need no token. */
  readonly isOpen?: (path: string) => boolean
}

export class RequestGate {
  readonly #hostRule: HostRule
  readonly #guard: AccessGuard
  readonly #rate: RequestRate
  readonly #counters: Pick<Counters, 'add'>
  readonly #nowMs: () => number

  constructor({ hostNames, access, counters, nowMs, isOpen }: RequestGateOptions) {
    this.#hostRule = new HostRule(hostNames)
    this.#guard = new AccessGuard(access, counters, isOpen)
    this.#rate = new RequestRate(REQUESTS_PER_S_MAX, nowMs())
    this.#counters = counters
    this.#nowMs = nowMs
  }

  /** Null: it may pass. */
  check(request: IncomingMessage): Refusal | null {
    const { url, headers } = request
    this.#counters.add('adminRequests')
    if (!this.#rate.take(this.#nowMs())) {
      this.#counters.add('adminRequestsLimited')
      const headers = { 'retry-after': '1' }
      return { status: 429, headers, text: `more than ${REQUESTS_PER_S_MAX} requests a second\n` }
    }
    if (!this.#hostRule.allows(headers.host)) {
      this.#counters.add('adminHostsRefused')
      return {
        status: 421,
        text: 'unknown Host; expected a loopback name, the host of ADMIN_ADDR, or one of ADMIN_HOSTS\n',
      }
    }
    const denial = this.#guard.check(request)
    if (denial !== null) return denial
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0
    if (!hasBody && url?.startsWith('/') === true) return null
    this.#counters.add('adminRequestsInvalid')
    if (hasBody) return { status: 413, text: 'a request has no body here\n' }
    return { status: 400, text: 'a request names a path of this server\n' }
  }
}

export function refuse(response: ServerResponse, { status, text, headers = {} }: Refusal): void {
  assert(!response.headersSent, 'a request is answered once')
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}
