// The requests of one connection that were not sent yet, in order. One that was refused before waits for its time while later ones
// are sent. Pure: the caller provides the time.

import assert from 'node:assert/strict'
import type { Request } from '@tradelane/venues/venue'
import { REQUEST_AGAIN_MS_MAX, REQUEST_AGAIN_MS_MIN } from '../limits.js'

export interface WaitingRequest {
  readonly request: Request
  readonly isSubscribe: boolean
  /** Repeated operations that are taken when it is sent. */
  readonly operations: number
  /** How often its subscriptions were refused, though not for ever. */
  readonly refusals: number
}

interface Entry {
  readonly waiting: WaitingRequest
  /** Not sent earlier. Undefined: set when it is first looked at. */
  notBeforeMs: number | undefined
}

export class WaitingRequests {
  readonly #entries: Entry[] = []

  get count(): number {
    return this.#entries.length
  }

  /** Of all of them. */
  get operations(): number {
    return this.#entries.reduce((sum, { waiting }) => sum + waiting.operations, 0)
  }

  add(waiting: WaitingRequest): void {
    this.#entries.push({ waiting, notBeforeMs: undefined })
  }

  /** Each is replaced by what `change` makes of it, in its place; nothing: it is removed. */
  replaceEach(change: (waiting: WaitingRequest) => readonly WaitingRequest[]): void {
    for (const entry of this.#entries.splice(0)) {
      const changed = change(entry.waiting)
      if (changed[0] === entry.waiting) this.#entries.push(entry)
      else for (const waiting of changed) this.add(waiting)
    }
  }

  /** The first that may be sent, or else the one that may be sent soonest, and when. */
  next(nowMs: number): { waiting: WaitingRequest; notBeforeMs: number } | undefined {
    let soonest: { waiting: WaitingRequest; notBeforeMs: number } | undefined
    for (const entry of this.#entries) {
      entry.notBeforeMs ??= nowMs + againMs(entry.waiting.refusals)
      const { waiting, notBeforeMs } = entry
      if (notBeforeMs <= nowMs) return { waiting, notBeforeMs }
      if (soonest === undefined || notBeforeMs < soonest.notBeforeMs) soonest = { waiting, notBeforeMs }
    }
    return soonest
  }

  remove(waiting: WaitingRequest): void {
    const index = this.#entries.findIndex(entry => entry.waiting === waiting)
    assert(index >= 0, 'only a request that waits is removed')
    this.#entries.splice(index, 1)
  }
}

/** After the n-th refusal of the same subscriptions. */
function againMs(refusals: number): number {
  return refusals === 0 ? 0 : Math.min(REQUEST_AGAIN_MS_MAX, REQUEST_AGAIN_MS_MIN * 2 ** (refusals - 1))
}
