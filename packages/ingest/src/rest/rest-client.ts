// REST requests to one product: answers as bytes, within the venue's weight budget. After "too many" or "banned" nothing is sent
// for as long as the venue's rules say. A reserve of the budget is never used: others behind the same address may need it.

import assert from 'node:assert/strict'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { Timers } from '@tradelane/shared/thread/timers'
import type { RestBudget, RestRequest } from '@tradelane/venues/venue'
import { REST_BYTES_MAX, REST_MS_MAX, REST_RESERVE_SHARE, REST_STOP_MS_MAX } from '../limits.js'
import type { Fetch, FetchResponse } from './fetch.js'

/** Why there is no answer: the budget or a stop of the venue (try after `retryMs`), or the request failed. */
export class RestError extends Error {
  readonly retryMs: number

  constructor(message: string, retryMs: number) {
    super(message)
    this.retryMs = retryMs
  }
}

export interface RestClientOptions {
  readonly fetch: Fetch
  readonly timers: Timers
  readonly nowMs: () => number
  readonly counters: Counters
  /** Called with every good answer. */
  readonly onAnswer?: ((path: string, body: Buffer) => void) | undefined
  /** For tests; otherwise the stated limit. */
  readonly answerMsMax?: number
}

const MINUTE_MS = 60_000

export class RestClient {
  readonly #endpoint: string
  readonly #budget: RestBudget
  readonly #fetch: Fetch
  readonly #timers: Timers
  readonly #nowMs: () => number
  readonly #counters: Counters
  readonly #onAnswer: ((path: string, body: Buffer) => void) | undefined
  readonly #answerMsMax: number
  readonly #pending = new Set<AbortController>()
  #isClosed = false
  #windowMs = Number.NEGATIVE_INFINITY
  #usedWeight = 0
  #stoppedUntilMs = Number.NEGATIVE_INFINITY

  constructor(endpoint: string, budget: RestBudget, options: RestClientOptions) {
    this.#endpoint = endpoint
    this.#budget = budget
    this.#fetch = options.fetch
    this.#timers = options.timers
    this.#nowMs = options.nowMs
    this.#counters = options.counters
    this.#onAnswer = options.onAnswer
    this.#answerMsMax = options.answerMsMax ?? REST_MS_MAX
  }

  /** Throws `RestError`. */
  async get(request: RestRequest): Promise<Buffer> {
    if (this.#isClosed) throw new RestError('the client is closed', 0)
    this.#spend(request.weight)
    this.#counters.add('restRequests')
    const abort = new AbortController()
    this.#pending.add(abort)
    const late = new Error(`no answer within ${this.#answerMsMax} ms`)
    const timer = this.#timers.setTimeout(() => abort.abort(late), this.#answerMsMax)
    try {
      return await this.#answerOf(request.path, abort.signal)
    } catch (error) {
      this.#counters.add('restFailures')
      if (error instanceof RestError) throw error
      throw new RestError(describe(error), 0)
    } finally {
      this.#timers.clear(timer)
      this.#pending.delete(abort)
    }
  }

  /** Requests under way are rejected. */
  close(): void {
    this.#isClosed = true
    for (const abort of this.#pending) abort.abort(new Error('the client is closed'))
  }

  async #answerOf(path: string, signal: AbortSignal): Promise<Buffer> {
    const answer = await this.#fetch(this.#endpoint + path, { signal, redirect: 'error' })
    this.#learn(answer)
    const body = await bodyOf(answer, signal)
    if (!answer.ok) throw new RestError(`HTTP ${answer.status}: ${body.toString('utf8', 0, 120)}`, this.#stopMs())
    this.#onAnswer?.(path, body)
    return body
  }

  #spend(weight: number): void {
    const nowMs = this.#nowMs()
    if (nowMs < this.#stoppedUntilMs) throw this.#withheld('the venue asked us to stop', this.#stopMs())
    if (nowMs - this.#windowMs >= MINUTE_MS) {
      this.#windowMs = nowMs
      this.#usedWeight = 0
    }
    assert(weight > 0 && this.#usedWeight >= 0, 'a request costs weight')
    if (this.#usedWeight + weight > this.#budget.weightPerMinute * (1 - REST_RESERVE_SHARE)) {
      throw this.#withheld('the request budget of this minute is used up', this.#windowMs + MINUTE_MS - nowMs)
    }
    this.#usedWeight += weight
  }

  #withheld(message: string, retryMs: number): RestError {
    this.#counters.add('restWithheld')
    return new RestError(message, retryMs)
  }

  #learn(answer: FetchResponse): void {
    const header = this.#budget.usedWeightHeader
    const usedWeight = header === null ? Number.NaN : Number(answer.headers.get(header) ?? Number.NaN)
    // Others behind the same address count too: the larger figure counts.
    if (usedWeight > this.#usedWeight) this.#usedWeight = usedWeight
    const stopMs = this.#budget.stopMs[answer.status]
    if (stopMs === undefined) return
    // Not a number, such as a date: 0.
    const retryAfterMs = Number(answer.headers.get('retry-after') ?? 0) * 1_000 || 0
    const untilMs = this.#nowMs() + Math.min(REST_STOP_MS_MAX, Math.max(stopMs, retryAfterMs))
    // An answer that was under way does not shorten a ban.
    this.#stoppedUntilMs = Math.max(this.#stoppedUntilMs, untilMs)
  }

  #stopMs(): number {
    return Math.max(0, this.#stoppedUntilMs - this.#nowMs())
  }
}

/**
 * Never holds more than one answer may have. It ends with the signal by itself: once the head of an answer has come, Node's
 * `fetch` may lose its own connection to the signal in a garbage collection, and an answer that stops would be read for ever.
 */
async function bodyOf({ body }: FetchResponse, signal: AbortSignal): Promise<Buffer> {
  const reader = body?.getReader()
  const cancel = (): void => void reader?.cancel(signal.reason).catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const chunk = await reader?.read()
    signal.throwIfAborted()
    if (chunk?.value === undefined) return Buffer.concat(chunks, bytes)
    bytes += chunk.value.length
    if (bytes > REST_BYTES_MAX) {
      cancel()
      throw new RestError(`the answer is longer than ${REST_BYTES_MAX} bytes`, 0)
    }
    chunks.push(chunk.value)
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
