// Resyncs books at the request of their shards: a REST snapshot, or a new subscription. One at a time per venue and within a
// token bucket, so that overload cannot feed itself. Requests for an instrument that already waits are one request.

import assert from 'node:assert/strict'
import type { Instrument, InstrumentId } from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { IngestContext } from '../ingest-context.js'
import { RESYNC_BURST, RESYNCS_PER_S } from '../limits.js'

export interface ResyncQueueOptions {
  readonly venueId: string
  /** Resolves when the snapshot was forwarded or subscribed. A rejection is retried. */
  readonly resync: (instrument: Instrument) => Promise<void>
}

type ResyncQueueContext = Pick<IngestContext, 'environment' | 'counters' | 'limitedLog'>

const RETRY_MS = 1_000

export class ResyncQueue {
  readonly #context: ResyncQueueContext
  readonly #options: ResyncQueueOptions
  readonly #waiting = new Map<InstrumentId, Instrument>()
  #tokens = RESYNC_BURST
  #refilledMs: number
  #isBusy = false
  #timer: Timer | undefined
  #isClosed = false

  constructor(context: ResyncQueueContext, options: ResyncQueueOptions) {
    this.#context = context
    this.#options = options
    this.#refilledMs = context.environment.nowMs()
  }

  request(instrument: Instrument): void {
    this.#waiting.set(instrument.id, instrument)
    this.#next()
  }

  close(): void {
    this.#isClosed = true
    this.#context.environment.timers.clear(this.#timer)
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
    assert(!this.#isBusy, 'one resync of a venue is under way at a time')
    this.#isBusy = true
    this.#options.resync(first).then(
      () => this.#done(0),
      (error: unknown) => this.#failed(first, error),
    )
  }

  #failed(instrument: Instrument, error: unknown): void {
    const { counters, limitedLog } = this.#context
    counters.add('snapshotFailures')
    const retryMs = Math.max(RETRY_MS, (error as { retryMs?: number }).retryMs ?? 0)
    limitedLog.write('warn', 'book could not be resynced, retrying', `${this.#options.venueId} ${instrument.symbol}`, {
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
    this.#timer = this.#context.environment.timers.setTimeout(() => {
      this.#timer = undefined
      this.#next()
    }, ms)
  }

  /** Milliseconds to wait; 0 takes one. */
  #takeToken(): number {
    const nowMs = this.#context.environment.nowMs()
    this.#tokens = Math.min(RESYNC_BURST, this.#tokens + ((nowMs - this.#refilledMs) / 1_000) * RESYNCS_PER_S)
    this.#refilledMs = nowMs
    if (this.#tokens < 1) return ((1 - this.#tokens) / RESYNCS_PER_S) * 1_000
    this.#tokens -= 1
    assert(this.#tokens >= 0, 'a token is taken where there is one')
    return 0
  }
}
