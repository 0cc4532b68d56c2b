// Brings books back at the request of their shards: a REST snapshot, or a new subscription. One at a time per venue and under
// a token bucket, so that overload cannot feed itself; requests for an instrument that already waits are one request.

import type { Instrument, InstrumentId } from '@tradelane/shared/market/nouns'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import { RESYNC_BURST, RESYNCS_PER_S } from '../limits.js'

export interface ResyncQueueOptions {
  readonly name: string
  /** Does it; resolves when the snapshot is on its way. A rejection is tried again. */
  readonly resync: (instrument: Instrument) => Promise<void>
  readonly counters: Counters
  readonly limitedLog: RateLimitedLog
  readonly nowMs: () => number
}

const RETRY_MS = 1_000

export class ResyncQueue {
  readonly #options: ResyncQueueOptions
  readonly #waiting = new Map<InstrumentId, Instrument>()
  #tokens = RESYNC_BURST
  #refilledMs: number
  #isBusy = false
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: ResyncQueueOptions) {
    this.#options = options
    this.#refilledMs = options.nowMs()
  }

  request(instrument: Instrument): void {
    this.#waiting.set(instrument.id, instrument)
    this.#next()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #next(): void {
    const first = this.#waiting.values().next().value
    if (this.#isBusy || this.#isClosed || first === undefined || this.#timer !== undefined) return
    const waitMs = this.#takeToken()
    if (waitMs > 0) {
      this.#nextIn(waitMs)
      return
    }
    this.#waiting.delete(first.id)
    this.#isBusy = true
    this.#options.resync(first).then(
      () => this.#done(0),
      (error: unknown) => this.#failed(first, error),
    )
  }

  #failed(instrument: Instrument, error: unknown): void {
    const { counters, limitedLog, name } = this.#options
    counters.add('restFailures')
    const retryMs = Math.max(RETRY_MS, (error as { retryMs?: number }).retryMs ?? 0)
    limitedLog.write('warn', 'a book could not be resynced; it is tried again', `${name} ${instrument.symbol}`, {
      reason: error instanceof Error ? error.message : String(error),
      retryMs,
    })
    this.#waiting.set(instrument.id, instrument)
    this.#done(retryMs)
  }

  #done(pauseMs: number): void {
    this.#isBusy = false
    if (pauseMs > 0) this.#nextIn(pauseMs)
    else this.#next()
  }

  #nextIn(ms: number): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#next()
    }, ms)
  }

  /** Milliseconds to wait; 0 takes one. */
  #takeToken(): number {
    const nowMs = this.#options.nowMs()
    this.#tokens = Math.min(RESYNC_BURST, this.#tokens + ((nowMs - this.#refilledMs) / 1_000) * RESYNCS_PER_S)
    this.#refilledMs = nowMs
    if (this.#tokens < 1) return ((1 - this.#tokens) / RESYNCS_PER_S) * 1_000
    this.#tokens -= 1
    return 0
  }
}
