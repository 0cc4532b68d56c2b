// Whether a handshake may become a client: with the token, from an allowed origin. What may not gets an answer and is
// counted.

import { AccessPolicy, type AccessVerdict } from '@tradelane/shared/access/access-policy'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { AccessRules } from '@tradelane/shared/thread/thread-messages'
import { type Answer, ORIGIN_REFUSED, TOKEN_NEEDED } from './answer.js'
import type { ClientAddress } from './client-address.js'
import type { HttpRequest } from './uws.js'

export interface ClientAccessOptions {
  readonly rules: AccessRules
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
}

export class ClientAccess {
  readonly #policy: AccessPolicy
  readonly #counters: Counters
  readonly #limitedLog: RateLimitedLog

  constructor({ rules, counters, limitedLog }: ClientAccessOptions) {
    this.#policy = new AccessPolicy(rules)
    this.#counters = counters
    this.#limitedLog = limitedLog
  }

  /** Null: admitted. */
  refusalOf(request: HttpRequest, { text }: ClientAddress): Answer | null {
    const verdict = this.#policy.judge({
      authorization: request.getHeader('authorization'),
      origin: request.getHeader('origin'),
      subprotocols: request.getHeader('sec-websocket-protocol'),
      query: request.getQuery() ?? '',
    })
    if (verdict === 'allowed') return null
    this.#note(verdict, text)
    return verdict === 'no-token' ? TOKEN_NEEDED : ORIGIN_REFUSED
  }

  /** One line per interval, whatever the number of addresses. What was presented is never logged. */
  #note(verdict: AccessVerdict, address: string): void {
    const isToken = verdict === 'no-token'
    this.#counters.add(isToken ? 'tokensRefused' : 'originsRefused')
    const message = isToken ? 'client without the token refused' : 'client of another origin refused'
    this.#limitedLog.write('warn', message, '', { address })
  }
}
