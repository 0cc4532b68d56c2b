// REST requests to one product: answers as bytes, within the budget of its host and in the order of use. After a refusal nothing is
// sent for as long as its class of refusal, or the venue itself, says (`host/rest-host.ts`).

import type { Counters } from '@tradelane/shared/thread/counters'
import type { Timers } from '@tradelane/shared/thread/timers'
import type { RefusalClass } from '@tradelane/venues/refusal-class'
import type { RestBudget, RestRequest } from '@tradelane/venues/rest-protocol'
import { classOfStatus, retryAfterMsOf } from '../host/refusal.js'
import type { RestHost, RestUse } from '../host/rest-host.js'
import { REST_MS_MAX } from '../limits.js'
import { bodyOf } from './answer-body.js'
import { type Fetch, type FetchResponse, reasonOf } from './fetch.js'

/**
 * Why there is no answer. `withheld`: not sent, because of the budget or a pause of the host; `refused`: the host has a pause now,
 * and its log line is written; `absent`: what was requested does not exist; `failed`: anything else.
 */
export type RestErrorKind = 'withheld' | 'refused' | 'absent' | 'failed'

export class RestError extends Error {
  readonly kind: RestErrorKind
  /** No request is sent earlier. */
  readonly retryMs: number

  constructor(kind: RestErrorKind, message: string, retryMs = 0) {
    super(message)
    this.kind = kind
    this.retryMs = retryMs
  }
}

export interface RestClientOptions {
  readonly fetch: Fetch
  readonly timers: Timers
  readonly counters: Counters
  readonly host: RestHost
  /** Called with every good answer. */
  readonly onAnswer?: ((path: string, body: Buffer) => void) | undefined
  /** For tests; otherwise the stated limit. */
  readonly answerMsMax?: number
}

/** A longer answer is not looked into for a venue's error code. */
const ERROR_BYTES_MAX = 1_024

export class RestClient {
  readonly #endpoint: string
  readonly #budget: RestBudget
  readonly #fetch: Fetch
  readonly #timers: Timers
  readonly #host: RestHost
  readonly #counters: Counters
  readonly #onAnswer: ((path: string, body: Buffer) => void) | undefined
  readonly #answerMsMax: number
  readonly #pending = new Set<AbortController>()
  #isClosed = false

  constructor(endpoint: string, budget: RestBudget, options: RestClientOptions) {
    this.#endpoint = endpoint
    this.#budget = budget
    this.#fetch = options.fetch
    this.#timers = options.timers
    this.#host = options.host
    this.#counters = options.counters
    this.#onAnswer = options.onAnswer
    this.#answerMsMax = options.answerMsMax ?? REST_MS_MAX
  }

  /** Throws `RestError`; also when no answer came within `msMax`. */
  async get(request: RestRequest, use: RestUse = 'list', msMax = this.#answerMsMax): Promise<Buffer> {
    if (this.#isClosed) throw new RestError('failed', 'the client is closed')
    const route = routeOf(request)
    this.#take(request, use, route)
    this.#counters.add('restRequests')
    const abort = new AbortController()
    this.#pending.add(abort)
    const late = new Error(`no answer within ${msMax} ms`)
    const timer = this.#timers.setTimeout(() => abort.abort(late), msMax)
    try {
      return await this.#answerOf(request.path, route, abort.signal)
    } catch (error) {
      this.#counters.add('restFailures')
      if (error instanceof RestError) throw error
      this.#host.failed(route)
      throw new RestError('failed', reasonOf(error))
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

  /** How long polls of this weight have to be apart. */
  pollSpacingMs(weight: number): number {
    return this.#host.pollSpacingMs(weight)
  }

  /** Polls wait while books wait for their snapshots. */
  setWaiting(isWaiting: boolean): void {
    this.#host.setWaiting(this, isWaiting)
  }

  async #answerOf(path: string, route: string, signal: AbortSignal): Promise<Buffer> {
    const answer = await this.#fetch(this.#endpoint + path, { signal, redirect: 'error' })
    this.#learn(answer)
    // Before the body: a ban is a ban even if its text never ends.
    const pauseMs = answer.ok || answer.status === 400 || answer.status === 404 ? 0 : this.#refused(route, answer, null)
    const body = await bodyOf(answer, signal)
    const text = answer.ok && body.length > ERROR_BYTES_MAX ? '' : body.toString('utf8', 0, ERROR_BYTES_MAX)
    const told = text === '' ? null : this.#budget.refusalOf(text)
    if (answer.ok && told === null) {
      this.#host.accepted(route)
      this.#onAnswer?.(path, body)
      return body
    }
    const message = `HTTP ${answer.status}: ${text.slice(0, 120)}`
    if (told === 'does-not-exist') {
      this.#host.accepted(route)
      throw new RestError('absent', message)
    }
    throw new RestError('refused', message, pauseMs > 0 ? pauseMs : this.#refused(route, answer, told))
  }

  #take({ weight }: RestRequest, use: RestUse, route: string): void {
    const wait = this.#host.take(use, route, weight)
    if (wait === null) return
    this.#counters.add('restWithheld')
    throw new RestError('withheld', wait.reason, wait.retryMs)
  }

  #learn(answer: FetchResponse): void {
    const header = this.#budget.usedWeightHeader
    const usedWeight = header === null ? Number.NaN : Number(answer.headers.get(header) ?? Number.NaN)
    if (usedWeight > 0) this.#host.learn(usedWeight)
  }

  /** Milliseconds of the pause that follows. */
  #refused(route: string, { status, headers }: FetchResponse, told: RefusalClass | null): number {
    return this.#host.refused(route, {
      refusalClass: told ?? classOfStatus(status),
      retryAfterMs: retryAfterMsOf(headers),
      leastMs: this.#budget.stopMs[status] ?? 0,
      detail: `HTTP ${status}`,
    })
  }
}

/** Requests with other parameters are of the same route. */
function routeOf({ path }: RestRequest): string {
  return path.split('?', 1)[0] ?? path
}
