// REST towards one product: answers as bytes, under the venue's weight budget. A venue that says "too many" or "banned" is
// left alone for as long as its rules say; a reserve of the budget is never used, because others on this address may need it.

import type { RestBudget, RestRequest } from '@tradelane/venues/venue'
import { REST_BYTES_MAX, REST_MS_MAX, REST_RESERVE_SHARE, REST_STOP_MS_MAX } from '../limits.js'

/** Why there is no answer: the budget or a stop of the venue (try after `retryMs`), or the request failed. */
export class RestError extends Error {
  readonly retryMs: number

  constructor(message: string, retryMs: number) {
    super(message)
    this.retryMs = retryMs
  }
}

export interface RestClientOptions {
  readonly nowMs: () => number
  /** Sees every good answer. */
  readonly onAnswer?: ((path: string, body: Buffer) => void) | undefined
  /** For tests; otherwise the stated limit. */
  readonly answerMsMax?: number
}

const MINUTE_MS = 60_000

export class RestClient {
  readonly #endpoint: string
  readonly #budget: RestBudget
  readonly #nowMs: () => number
  readonly #onAnswer: ((path: string, body: Buffer) => void) | undefined
  readonly #answerMsMax: number
  readonly #abort = new AbortController()
  #windowMs = Number.NEGATIVE_INFINITY
  #usedWeight = 0
  #stoppedUntilMs = Number.NEGATIVE_INFINITY

  constructor(endpoint: string, budget: RestBudget, options: RestClientOptions) {
    this.#endpoint = endpoint
    this.#budget = budget
    this.#nowMs = options.nowMs
    this.#onAnswer = options.onAnswer
    this.#answerMsMax = options.answerMsMax ?? REST_MS_MAX
  }

  /** Throws `RestError`. */
  async get(request: RestRequest): Promise<Buffer> {
    this.#spend(request.weight)
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(this.#answerMsMax)])
    try {
      const answer = await fetch(this.#endpoint + request.path, { signal, redirect: 'error' })
      this.#learn(answer)
      const body = await bodyOf(answer)
      if (!answer.ok) throw new RestError(`HTTP ${answer.status}: ${body.toString('utf8', 0, 120)}`, this.#stopMs())
      this.#onAnswer?.(request.path, body)
      return body
    } catch (error) {
      if (error instanceof RestError) throw error
      throw new RestError(describe(error), 0)
    }
  }

  close(): void {
    this.#abort.abort()
  }

  #spend(weight: number): void {
    const nowMs = this.#nowMs()
    if (nowMs < this.#stoppedUntilMs) throw new RestError('the venue asked us to stop', this.#stopMs())
    if (nowMs - this.#windowMs >= MINUTE_MS) {
      this.#windowMs = nowMs
      this.#usedWeight = 0
    }
    if (this.#usedWeight + weight > this.#budget.weightPerMinute * (1 - REST_RESERVE_SHARE)) {
      throw new RestError('the request budget of this minute is used up', this.#windowMs + MINUTE_MS - nowMs)
    }
    this.#usedWeight += weight
  }

  #learn(answer: Response): void {
    const header = this.#budget.usedWeightHeader
    const usedWeight = header === null ? Number.NaN : Number(answer.headers.get(header) ?? Number.NaN)
    // Others behind the same address count too: believe the larger figure.
    if (usedWeight > this.#usedWeight) this.#usedWeight = usedWeight
    const stopMs = this.#budget.stopMs[answer.status]
    if (stopMs === undefined) return
    // A date, or nonsense, is NaN.
    const retryAfterMs = Number(answer.headers.get('retry-after') ?? 0) * 1_000 || 0
    const untilMs = this.#nowMs() + Math.min(REST_STOP_MS_MAX, Math.max(stopMs, retryAfterMs))
    // An answer that was under way does not shorten a ban.
    this.#stoppedUntilMs = Math.max(this.#stoppedUntilMs, untilMs)
  }

  #stopMs(): number {
    return Math.max(0, this.#stoppedUntilMs - this.#nowMs())
  }
}

/** Never holds more than one answer may have; leaving the loop ends the connection. */
async function bodyOf(answer: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > REST_BYTES_MAX) throw new RestError(`the answer is longer than ${REST_BYTES_MAX} bytes`, 0)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
