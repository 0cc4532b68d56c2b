// Whether a request of the admin port may pass: with the token, from an allowed origin. The same rules as on the clients' port.
// `/readyz` needs the token here, because its reasons name venues and instruments; `/healthz` and the page's files, which say nothing
// of them, do not.

import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { AccessPolicy } from '@tradelane/shared/access/access-policy'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { AccessRules } from '@tradelane/shared/thread/thread-messages'

/** What is answered; the connection is closed after it. */
export interface AccessRefusal {
  readonly status: 401 | 403
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

const HEALTH_PATH = '/healthz'

export class AccessGuard {
  readonly #policy: AccessPolicy
  readonly #counters: Pick<Counters, 'add'>
  readonly #isOpen: (path: string) => boolean

  /** `isOpen`: whether a path beside `/healthz` needs no token: one that says nothing of what the process does. */
  constructor(rules: AccessRules, counters: Pick<Counters, 'add'>, isOpen: (path: string) => boolean = () => false) {
    assert(rules.tokenDigest === null || rules.tokenDigest.length === 64, 'the digest of a token is a SHA-256')
    this.#policy = new AccessPolicy(rules)
    this.#counters = counters
    this.#isOpen = isOpen
  }

  /** Null: it may pass. */
  check({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): AccessRefusal | null {
    const [path = '', query = ''] = url.split('?', 2)
    if (path === HEALTH_PATH || this.#isOpen(path)) return null
    const verdict = this.#policy.judge({
      authorization: headers.authorization ?? '',
      origin: headers.origin ?? '',
      subprotocols: headers['sec-websocket-protocol'] ?? '',
      query,
    })
    switch (verdict) {
      case 'allowed':
        return null
      case 'no-token':
        this.#counters.add('adminTokensRefused')
        return { status: 401, headers: { 'www-authenticate': 'Bearer' }, text: 'a token is needed\n' }
      case 'wrong-origin':
        this.#counters.add('adminOriginsRefused')
        return { status: 403, headers: {}, text: 'this origin is not allowed\n' }
    }
  }
}
