// Polls open interest where no connection carries it: one instrument at a time, spread over the interval, or slower where the host
// has no weight for more. A poll that fails is left out, and the link of the product's open interest is down until one succeeds;
// so it is when polls are held back for long.

import assert from 'node:assert/strict'
import { type Instrument, Kind, type ProductIndex, StatusReason } from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { OpenInterestProtocol } from '@tradelane/venues/rest-protocol'
import type { IngestContext } from '../ingest-context.js'
import { POLL_AGE_MS_MAX } from '../limits.js'
import type { Link } from '../publish/link-publisher.js'
import { type RestClient, RestError } from './rest-client.js'

export interface OpenInterestPollerOptions {
  readonly productId: string
  readonly productIndex: ProductIndex
  readonly protocol: OpenInterestProtocol
  /** At least one; `follow` changes them. */
  readonly instruments: readonly Instrument[]
  readonly rest: RestClient
}

export class OpenInterestPoller {
  readonly #context: IngestContext
  readonly #options: OpenInterestPollerOptions
  readonly #link: Link
  #instruments: readonly Instrument[]
  #timer: Timer | undefined
  #pollCount = 0
  #readMs: number
  #isPolling = false
  #isClosed = false

  constructor(context: IngestContext, options: OpenInterestPollerOptions) {
    assert(options.instruments.length > 0, 'open interest is polled of at least one instrument')
    this.#context = context
    this.#options = options
    this.#readMs = context.environment.nowMs()
    this.#instruments = options.instruments
    this.#link = context.publishers.links.newLink(options.productIndex, Kind.openInterest)
  }

  start(): void {
    this.#poll()
  }

  /** Polls these from now on; none pauses it. */
  follow(instruments: readonly Instrument[]): void {
    this.#instruments = instruments
  }

  close(): void {
    this.#isClosed = true
    this.#context.environment.timers.clear(this.#timer)
  }

  #poll(): void {
    assert(!this.#isPolling, 'one poll is under way at a time')
    const { protocol, rest } = this.#options
    const { length } = this.#instruments
    const instrument = this.#instruments[this.#pollCount % length]
    if (instrument === undefined) {
      this.#pollIn(protocol.intervalMs)
      return
    }
    this.#pollCount += 1
    this.#isPolling = true
    const spacingMs = rest.pollSpacingMs(protocol.request(instrument).weight)
    this.#ask(instrument).then(retryMs => this.#pollIn(Math.max(retryMs, spacingMs, protocol.intervalMs / length)))
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
      const body = await rest.get(protocol.request(instrument), 'poll')
      const isRead = protocol.decode(body, instrument, environment.clock.monotonicUs(), publishers.states)
      if (!isRead) throw new Error('malformed answer')
      this.#readMs = environment.nowMs()
      this.#link.live()
      return 0
    } catch (error) {
      return this.#failed(instrument, error)
    }
  }

  #failed(instrument: Instrument, error: unknown): number {
    const { counters, limitedLog, environment } = this.#context
    const kind = error instanceof RestError ? error.kind : 'failed'
    const retryMs = error instanceof RestError ? error.retryMs : 0
    if (kind === 'withheld') {
      // The same instrument is next.
      this.#pollCount -= 1
      if (environment.nowMs() - this.#readMs > POLL_AGE_MS_MAX) this.#link.down(StatusReason.silent)
      return retryMs
    }
    counters.add('openInterestFailures')
    this.#link.down(kind === 'refused' ? StatusReason.refused : StatusReason.silent)
    // A refusal is logged once for its host.
    if (kind === 'refused') return retryMs
    limitedLog.write('warn', 'open interest could not be read', `${this.#options.productId} ${instrument.symbol}`, {
      reason: error instanceof Error ? error.message : String(error),
    })
    return retryMs
  }
}
