// What one connection sees of its host's pauses after refused requests: its product's first requests, and apart from them those
// that were refused before, so that one that is always refused holds back no other.

import type { RefusalClass } from '@tradelane/venues/refusal-class'
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
    const nowMs = this.#nowMs()
    return Math.max(...this.#routesOf(isAgain).map(route => this.#pauses.waitMs(route, nowMs)))
  }

  /** After a refusal; not because another request finds out whether the venue answers. */
  isPaused(isAgain: boolean): boolean {
    const nowMs = this.#nowMs()
    return this.#routesOf(isAgain).some(route => this.#pauses.pauseMs(route, nowMs) > 0)
  }

  began(isAgain: boolean): void {
    const [first, ...others] = this.#routesOf(isAgain)
    this.#pauses.began(first, this.#nowMs(), ...others)
  }

  accepted(isAgain: boolean): void {
    for (const route of this.#routesOf(isAgain)) this.#pauses.accepted(route, this.#nowMs())
  }

  /** `isOfSeveral`: the request has several subscriptions, of which one may be wrong; they are requested apart. */
  refused(isAgain: boolean, refusalClass: RefusalClass, detail: string, isOfSeveral = false): void {
    const nowMs = this.#nowMs()
    const refusal = { refusalClass, retryAfterMs: null, leastMs: 0, detail }
    if (refusalClass === 'does-not-exist') {
      // An answer all the same: something else may be accepted.
      this.accepted(isAgain)
    } else if (refusalClass !== 'not-accepted') {
      const [first, ...others] = this.#routesOf(isAgain)
      this.#pauses.refused(first, refusal, nowMs, ...others)
    } else {
      if (!isAgain || isOfSeveral) this.#pauses.declined(this.#route, refusal, nowMs)
      if (!isOfSeveral) this.#pauses.refused(this.#againRoute, refusal, nowMs)
    }
  }

  /** A connection ended: whether the host still accepts requests is found out by the next. */
  lost(): void {
    this.#pauses.failed(this.#route)
  }

  /** One that was refused before also waits for what holds back all. */
  #routesOf(isAgain: boolean): readonly [string, ...string[]] {
    return isAgain ? [this.#route, this.#againRoute] : [this.#route]
  }
}
