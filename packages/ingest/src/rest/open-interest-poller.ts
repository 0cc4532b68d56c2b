// Polls open interest where no connection carries it: one instrument at a time, spread over the interval. A poll that fails is
// left out, and the link of the product's open interest is down until one succeeds.

import assert from 'node:assert/strict'
import { type Instrument, Kind, type ProductIndex, StatusReason } from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { OpenInterestProtocol } from '@tradelane/venues/venue'
import type { IngestContext } from '../ingest-context.js'
import type { Link } from '../publish/link-publisher.js'
import type { RestClient } from './rest-client.js'

export interface OpenInterestPollerOptions {
  readonly productId: string
  readonly productIndex: ProductIndex
  readonly protocol: OpenInterestProtocol
  /** At least one. */
  readonly instruments: readonly Instrument[]
  readonly rest: RestClient
}

export class OpenInterestPoller {
  readonly #context: IngestContext
  readonly #options: OpenInterestPollerOptions
  readonly #link: Link
  #timer: Timer | undefined
  #pollCount = 0
  #isPolling = false
  #isClosed = false

  constructor(context: IngestContext, options: OpenInterestPollerOptions) {
    assert(options.instruments.length > 0, 'open interest is polled of at least one instrument')
    this.#context = context
    this.#options = options
    this.#link = context.publishers.links.newLink(options.productIndex, Kind.openInterest)
  }

  start(): void {
    this.#poll()
  }

  close(): void {
    this.#isClosed = true
    this.#context.environment.timers.clear(this.#timer)
  }

  #poll(): void {
    assert(!this.#isPolling, 'one poll is under way at a time')
    const { instruments, protocol } = this.#options
    const instrument = instruments[this.#pollCount % instruments.length] as Instrument
    this.#pollCount += 1
    this.#isPolling = true
    this.#ask(instrument).then(retryMs => this.#pollIn(Math.max(retryMs, protocol.intervalMs / instruments.length)))
  }

  #pollIn(ms: number): void {
    this.#isPolling = false
    if (!this.#isClosed) this.#timer = this.#context.environment.timers.setTimeout(() => this.#poll(), ms)
  }

  /** Never rejects. Resolves to the milliseconds for which the venue wants no request. */
  async #ask(instrument: Instrument): Promise<number> {
    const { publishers, environment } = this.#context
    const { protocol, rest } = this.#options
    try {
      const body = await rest.get(protocol.request(instrument))
      const isRead = protocol.decode(body, instrument, environment.clock.monotonicUs(), publishers.states)
      if (!isRead) throw new Error('malformed answer')
      this.#link.live()
      return 0
    } catch (error) {
      return this.#failed(instrument, error)
    }
  }

  #failed(instrument: Instrument, error: unknown): number {
    const { counters, limitedLog } = this.#context
    counters.add('openInterestFailures')
    this.#link.down(StatusReason.silent)
    limitedLog.write('warn', 'open interest could not be read', `${this.#options.productId} ${instrument.symbol}`, {
      reason: error instanceof Error ? error.message : String(error),
    })
    return (error as { retryMs?: number }).retryMs ?? 0
  }
}
