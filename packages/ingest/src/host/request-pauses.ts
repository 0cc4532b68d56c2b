// What one connection sees of its host's pauses after refused requests: its product's first requests, and apart from them those
// that were refused before, so that one that is always refused holds back no other.

import type { RefusalClass } from '@tradelane/venues/venue'
import type { RefusalPauses } from './refusal-pauses.js'

export class RequestPauses {
  readonly #pauses: RefusalPauses
  readonly #nowMs: () => number
  readonly #route: string
  readonly #againRoute: string

  constructor(pauses: RefusalPauses, productId: string, nowMs: () => number) {
    this.#pauses = pauses
    this.#nowMs = nowMs
    this.#route = productId
    this.#againRoute = `${productId} again`
  }

  /** Milliseconds until one may be sent; 0: now, and `began` follows. */
  waitMs(isAgain: boolean): number {
    return Math.max(this.#pauseMs(isAgain), this.#pauses.waitMs(this.#routeOf(isAgain), this.#nowMs()))
  }

  /** After a refusal; not because another request finds out whether the venue answers. */
  isPaused(isAgain: boolean): boolean {
    return this.#pauseMs(isAgain) > 0
  }

  began(isAgain: boolean): void {
    this.#pauses.began(this.#routeOf(isAgain), this.#nowMs())
  }

  accepted(isAgain: boolean): void {
    this.#pauses.accepted(this.#routeOf(isAgain), this.#nowMs())
  }

  refused(isAgain: boolean, refusalClass: RefusalClass, detail: string): void {
    const nowMs = this.#nowMs()
    // An answer all the same: something else may be accepted.
    if (refusalClass === 'does-not-exist') this.#pauses.accepted(this.#routeOf(isAgain), nowMs)
    else {
      const isOfRequest = refusalClass === 'not-accepted'
      if (isOfRequest) this.#pauses.accepted(this.#routeOf(isAgain), nowMs)
      const route = isOfRequest ? this.#againRoute : this.#route
      this.#pauses.refused(route, { refusalClass, retryAfterMs: null, leastMs: 0, detail }, nowMs)
    }
  }

  /** A connection ended: whether the host still accepts requests is found out by the next. */
  lost(): void {
    this.#pauses.failed(this.#route)
  }

  #pauseMs(isAgain: boolean): number {
    const nowMs = this.#nowMs()
    const ofAllMs = this.#pauses.pauseMs(this.#route, nowMs)
    return isAgain ? Math.max(ofAllMs, this.#pauses.pauseMs(this.#againRoute, nowMs)) : ofAllMs
  }

  #routeOf(isAgain: boolean): string {
    return isAgain ? this.#againRoute : this.#route
  }
}
