// Whether a handshake becomes a client: how many clients there may be, in total and of one address, and how often an address may
// try. What it admits is counted until it is released.

import assert from 'node:assert/strict'
import type { ClientCounts, ClientLimits } from '@tradelane/shared/thread/client-counts'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { CounterName } from '@tradelane/shared/thread/metric-table'
import { AddressRates } from './address-rates.js'
import { type Answer, TOO_MANY_CLIENTS, TOO_MANY_OF_ADDRESS, TOO_MANY_REQUESTS, URL_TOO_LONG } from './answer.js'
import type { ClientAddress } from './client-address.js'
import { HANDSHAKE_RATE, URL_CHARACTERS_MAX } from './limits.js'

export interface AdmissionOptions extends ClientLimits {
  readonly counts: ClientCounts
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
  readonly nowMs: () => number
}

export class Admission {
  readonly #options: AdmissionOptions
  readonly #rates = new AddressRates(HANDSHAKE_RATE)
  #admittedCount = 0

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** Null: it may become a client, and is counted until `release`. Otherwise what it is answered. */
  admit(address: ClientAddress, urlLength: number): Answer | null {
    const { counts, nowMs } = this.#options
    if (!this.#rates.take(address.network, nowMs())) {
      return this.#refuse('clientsRefusedRate', TOO_MANY_REQUESTS, address)
    }
    if (urlLength > URL_CHARACTERS_MAX) return this.#refuse('clientsRefusedRequest', URL_TOO_LONG, address)
    switch (counts.add(address, this.#options)) {
      case 'total':
        return this.#refuse('clientsRefusedTotal', TOO_MANY_CLIENTS, address)
      case 'address':
        return this.#refuse('clientsRefusedAddress', TOO_MANY_OF_ADDRESS, address)
      case null:
        this.#admittedCount += 1
        return null
    }
  }

  /** One that was admitted is gone. */
  release(address: ClientAddress): void {
    assert(this.#admittedCount > 0, 'only what was admitted is released')
    this.#admittedCount -= 1
    this.#options.counts.remove(address)
  }

  #refuse(counter: CounterName, answer: Answer, address: ClientAddress): Answer {
    const { counters, limitedLog } = this.#options
    counters.add(counter)
    // Strangers may have any number of addresses: the newest one is enough.
    limitedLog.write('warn', 'client refused', answer.body.trim(), { address: address.text, status: answer.status })
    return answer
  }
}
