// Asks for open interest where no stream carries it: one instrument at a time, spread over the interval. A poll that fails
// is left out; the link cell of the product says so until one succeeds.

import type { StateSink } from '@tradelane/shared/market/market-events'
import { type Instrument, Kind, StatusReason } from '@tradelane/shared/market/nouns'
import type { Clock } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import type { OpenInterestProtocol } from '@tradelane/venues/venue'
import type { LinkPublisher } from '../publish/link-publisher.js'
import type { RestClient } from './rest-client.js'

export interface OpenInterestPollerOptions {
  readonly productId: string
  readonly protocol: OpenInterestProtocol
  readonly instruments: readonly Instrument[]
  readonly rest: RestClient
  readonly sink: StateSink
  readonly links: LinkPublisher
  readonly clock: Clock
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
}

export class OpenInterestPoller {
  readonly #options: OpenInterestPollerOptions
  #timer: NodeJS.Timeout | undefined
  #next = 0
  #isClosed = false

  constructor(options: OpenInterestPollerOptions) {
    this.#options = options
    for (const { product } of options.instruments.slice(0, 1)) {
      options.links.declare(product, Kind.openInterest, this)
    }
  }

  start(): void {
    this.#poll()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #poll(): void {
    const { instruments, protocol } = this.#options
    const instrument = instruments[this.#next % instruments.length]
    if (instrument === undefined || this.#isClosed) return
    this.#next += 1
    this.#ask(instrument).then(
      retryMs => this.#pollIn(Math.max(retryMs, protocol.intervalMs / instruments.length)),
      () => this.#pollIn(protocol.intervalMs),
    )
  }

  #pollIn(ms: number): void {
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#poll(), ms)
  }

  async #ask(instrument: Instrument): Promise<number> {
    const { protocol, rest, sink, links, clock, counters, limitedLog, productId } = this.#options
    counters.add('restRequests')
    try {
      const body = await rest.get(protocol.request(instrument))
      if (!protocol.decode(body, instrument, clock.monotonicUs(), sink)) throw new Error('the answer is malformed')
      links.set(instrument.product, Kind.openInterest, this, true, StatusReason.connected)
      return 0
    } catch (error) {
      counters.add('restFailures')
      links.set(instrument.product, Kind.openInterest, this, false, StatusReason.noFrames)
      limitedLog.write('warn', 'open interest could not be read', `${productId} ${instrument.symbol}`, {
        reason: error instanceof Error ? error.message : String(error),
      })
      return (error as { retryMs?: number }).retryMs ?? 0
    }
  }
}
