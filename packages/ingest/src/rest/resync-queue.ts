// Resyncs books of one product at the request of their shards: a REST snapshot, or a new subscription. One at a time and within a
// token bucket, so that overload cannot feed itself. Requests for an instrument that already waits are one request. While its host
// pauses, all wait; one that fails for a reason of its own waits alone, longer each time, and the others go on.

import assert from 'node:assert/strict'
import type { Instrument, InstrumentId } from '@tradelane/shared/market/nouns'
import type { Timer } from '@tradelane/shared/thread/timers'
import type { IngestContext } from '../ingest-context.js'
import { RESYNC_BURST, RESYNC_RETRY_MS_MAX, RESYNC_RETRY_MS_MIN, RESYNCS_PER_S } from '../limits.js'
import { RestError } from './rest-client.js'

export interface ResyncQueueOptions {
  readonly productId: string
  /** Resolves when the snapshot was forwarded or subscribed. A rejection is retried. */
  readonly resync: (instrument: Instrument) => Promise<void>
  /** Whether a book waits, or is being resynced. */
  readonly onWaiting?: (isWaiting: boolean) => void
}

type ResyncQueueContext = Pick<IngestContext, 'environment' | 'counters' | 'limitedLog'>

interface Waiting {
  readonly instrument: Instrument
  readonly notBeforeMs: number
}

export class ResyncQueue {
  readonly #context: ResyncQueueContext
  readonly #options: ResyncQueueOptions
  /** In the order of the requests. */
  readonly #waiting = new Map<InstrumentId, Waiting>()
  /** In a row. */
  readonly #failures = new Map<InstrumentId, number>()
  #tokens = RESYNC_BURST
  #refilledMs: number
  #pausedUntilMs = Number.NEGATIVE_INFINITY
  #isBusy = false
  #isWaiting = false
  #timer: Timer | undefined
  #isClosed = false

  constructor(context: ResyncQueueContext, options: ResyncQueueOptions) {
    this.#context = context
    this.#options = options
    this.#refilledMs = context.environment.nowMs()
  }

  request(instrument: Instrument): void {
    if (!this.#waiting.has(instrument.id)) this.#waiting.set(instrument.id, { instrument, notBeforeMs: 0 })
    this.#next()
  }

  /** The venue trades it again: that it did not exist, or failed before, is past. */
  tradesAgain(instrument: Instrument): void {
    this.#failures.delete(instrument.id)
    if (this.#waiting.has(instrument.id)) this.#waiting.set(instrument.id, { instrument, notBeforeMs: 0 })
    this.#next()
  }

  close(): void {
    this.#isClosed = true
    this.#context.environment.timers.clear(this.#timer)
  }

  #next(): void {
    const { timers } = this.#context.environment
    if (this.#isBusy || this.#isClosed) return
    timers.clear(this.#timer)
    this.#timer = undefined
    const next = this.#nextDue()
    const nowMs = this.#context.environment.nowMs()
    const isDue = next !== undefined && next.notBeforeMs <= nowMs
    this.#tellWaiting(isDue)
    if (next === undefined) return
    const waitMs = isDue ? Math.max(this.#pausedUntilMs - nowMs, 0) || this.#takeToken() : next.notBeforeMs - nowMs
    if (waitMs > 0) this.#timer = timers.setTimeout(() => this.#next(), waitMs)
    else this.#resync(next.instrument)
  }

  /** The first that may be resynced now, or else the one that may be soonest. */
  #nextDue(): Waiting | undefined {
    const nowMs = this.#context.environment.nowMs()
    let soonest: Waiting | undefined
    for (const each of this.#waiting.values()) {
      if (each.notBeforeMs <= nowMs) return each
      if (soonest === undefined || each.notBeforeMs < soonest.notBeforeMs) soonest = each
    }
    return soonest
  }

  #resync(instrument: Instrument): void {
    this.#waiting.delete(instrument.id)
    assert(!this.#isBusy, 'one resync of a product is under way at a time')
    this.#isBusy = true
    this.#options.resync(instrument).then(
      () => {
        this.#failures.delete(instrument.id)
        this.#done()
      },
      (error: unknown) => this.#failed(instrument, error),
    )
  }

  #failed(instrument: Instrument, error: unknown): void {
    const nowMs = this.#context.environment.nowMs()
    const kind = error instanceof RestError ? error.kind : 'failed'
    const isOfHost = kind === 'withheld' || kind === 'refused'
    if (kind !== 'withheld') this.#context.counters.add('snapshotFailures')
    const failures = (this.#failures.get(instrument.id) ?? 0) + (kind === 'withheld' ? 0 : 1)
    this.#failures.set(instrument.id, failures)
    const hostMs = error instanceof RestError ? error.retryMs : 0
    if (isOfHost) this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + hostMs)
    const grownMs = Math.min(RESYNC_RETRY_MS_MAX, RESYNC_RETRY_MS_MIN * 2 ** (failures - 1))
    const ownMs = kind === 'absent' ? RESYNC_RETRY_MS_MAX : kind === 'withheld' ? 0 : grownMs
    if (!isOfHost) this.#logFailure(instrument, error, ownMs)
    this.#waiting.set(instrument.id, { instrument, notBeforeMs: nowMs + ownMs })
    this.#done()
  }

  /** What a host refuses or withholds is logged once for the host. */
  #logFailure({ symbol }: Instrument, error: unknown, retryMs: number): void {
    const reason = error instanceof Error ? error.message : String(error)
    const { limitedLog } = this.#context
    limitedLog.write('warn', 'book could not be resynced, retrying', `${this.#options.productId} ${symbol}`, {
      reason,
      retryMs,
    })
  }

  #done(): void {
    this.#isBusy = false
    this.#next()
  }

  #tellWaiting(isWaiting: boolean): void {
    if (isWaiting === this.#isWaiting) return
    this.#isWaiting = isWaiting
    this.#options.onWaiting?.(isWaiting)
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
