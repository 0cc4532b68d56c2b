// Requests and handshakes that wait for their answer. No request is answered while it is read: uWebSockets.js would read the next
// one of the same bytes at once, hundreds in one call. A crowd of handshakes would be one long turn, so that only the first of a
// turn is answered at once. While an answer is due, a further request on its connection ends the connection.

import assert from 'node:assert/strict'
import { DOUBLE_ZERO } from '@tradelane/shared/thread/clock'
import type { Counters } from '@tradelane/shared/thread/counters'
import type { CounterName } from '@tradelane/shared/thread/metric-table'
import type { Timers } from '@tradelane/shared/thread/timers'
import { type Answer, sendAnswer } from './answer.js'
import type { Chore } from './chores.js'
import { ANSWERS_SHARE, ANSWERS_US_MAX, REQUESTS_WAITING_MAX } from './limits.js'
import type { HttpResponse } from './uws.js'

export interface RequestQueueOptions {
  readonly timers: Timers
  readonly nowMs: () => number
  readonly counters: Counters
  /** Sends trades that wait, if any. */
  readonly look: () => void
}

/** What waits, and what counts it where it gets no answer. */
type Asked = keyof typeof COUNTERS

interface Unanswered {
  /** Its connection ended before. */
  readonly aborted: CounterName
  /** Too many waited. */
  readonly dropped: CounterName
}

const COUNTERS = {
  request: { aborted: 'requestsAborted', dropped: 'requestsDropped' },
  handshake: { aborted: 'handshakesAborted', dropped: 'handshakesDropped' },
} as const satisfies Readonly<Record<string, Unanswered>>

interface WaitingRequest {
  /** Undefined after its connection ended: it must not be used any more. */
  response: HttpResponse | undefined
  readonly answer: () => void
}

export class RequestQueue implements Chore {
  readonly #options: RequestQueueOptions
  /** Oldest first. */
  readonly #waiting: WaitingRequest[] = []
  #isScheduled = false
  #scheduledMs = DOUBLE_ZERO

  constructor(options: RequestQueueOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.length
  }

  refuse(asked: Asked, response: HttpResponse, answer: Answer): void {
    this.#add(asked, response, () => response.cork(() => sendAnswer(response, answer)))
  }

  /** `answer` is called corked, unless the connection ends before. */
  add(response: HttpResponse, answer: () => void): void {
    this.#add('request', response, () => response.cork(answer))
  }

  /** Calls `upgrade`, or `onAborted` where the connection ends before. */
  addUpgrade(response: HttpResponse, upgrade: () => void, onAborted: () => void): void {
    this.#add('handshake', response, upgrade, onAborted)
  }

  /** Whether a handshake may be answered within its handler: once in a turn of the event loop, while nothing waits. */
  takeTurn(): boolean {
    if (this.#isScheduled) return false
    this.#isScheduled = true
    this.#schedule()
    return true
  }

  #add(asked: Asked, response: HttpResponse, answer: () => void, onAborted: () => void = () => {}): void {
    const { counters } = this.#options
    const request: WaitingRequest = { response, answer }
    response.onAborted(() => {
      // After an answer that closed the connection it is called too.
      if (request.response === undefined) return
      request.response = undefined
      counters.add(COUNTERS[asked].aborted)
      onAborted()
    })
    if (this.#waiting.length === REQUESTS_WAITING_MAX) {
      request.response = undefined
      counters.add(COUNTERS[asked].dropped)
      onAborted()
      response.close()
      return
    }
    this.#waiting.push(request)
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#schedule()
  }

  runSlice(nowMs: number): boolean {
    const untilMs = nowMs + ANSWERS_US_MAX / 1_000
    do this.#answerNext()
    while (this.#waiting.length > 0 && this.#options.nowMs() < untilMs)
    return this.#waiting.length > 0
  }

  #answerNext(): void {
    const request = this.#waiting.shift()
    const response = request?.response
    if (request === undefined || response === undefined) return
    request.response = undefined
    request.answer()
  }

  #schedule(): void {
    const { timers, nowMs } = this.#options
    this.#scheduledMs = nowMs()
    timers.setImmediate(this.#run)
  }

  readonly #run = (): void => {
    assert(this.#isScheduled, 'answers are sent only when some were due, or one was sent at once')
    const { look, nowMs } = this.#options
    let atMs = nowMs()
    const untilMs = atMs + (atMs - this.#scheduledMs) * ANSWERS_SHARE
    look()
    let isMoreDue = this.runSlice(atMs)
    for (atMs = nowMs(); isMoreDue && atMs < untilMs; atMs = nowMs()) {
      look()
      isMoreDue = this.runSlice(atMs)
    }
    this.#isScheduled = isMoreDue
    if (isMoreDue) this.#schedule()
  }
}
