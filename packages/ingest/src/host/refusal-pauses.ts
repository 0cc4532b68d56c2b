// How long one host is left alone after it refused something: pauses by class of refusal, growing, with jitter, and one log line
// each. `retry-after` wins over all of them. A ban pauses everything of the host; a fault of the venue only the route (a product's
// path) that it hit, because another route may work. Before a route has answered well, at the start or after its pause, one try at
// a time finds out.

import assert from 'node:assert/strict'
import type { RateLimitedLog } from '@tradelane/shared/thread/log'
import { REFUSAL_CALM_MS, REFUSAL_JITTER_SHARE, REFUSAL_STOP_MS_MAX, TRY_ALONE_MS_MAX } from '../limits.js'
import { PAUSES, type Refusal } from './refusal.js'

export interface RefusalPausesOptions {
  /** `binance-futures rest`. */
  readonly name: string
  /** Also before the first answer one try at a time finds out; otherwise only after a refusal. */
  readonly isAloneAtFirst: boolean
  readonly random: () => number
  readonly limitedLog: RateLimitedLog
}

interface Route {
  untilMs: number
  /** It has answered well since its last refusal or failure. */
  isProven: boolean
  /** Its last answer was a refusal. */
  isRefused: boolean
  /** When the try that finds out was made; -Infinity when it was answered. */
  triedMs: number
}

type PausedClass = keyof typeof PAUSES

interface ClassState {
  /** How often the pause has doubled. */
  level: number
  refusedMs: number
}

const MINUTE_MS = 60_000
/** After the time that a venue named, which others wait for too. */
const RETRY_AFTER_SPREAD_MS = 1_000

export class RefusalPauses {
  readonly #options: RefusalPausesOptions
  readonly #routes = new Map<string, Route>()
  readonly #classes = new Map<PausedClass, ClassState>()
  #hostUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: RefusalPausesOptions) {
    this.#options = options
  }

  /** Milliseconds until a try on this route may be made; 0: now, and `began` follows. */
  waitMs(route: string, nowMs: number): number {
    const { untilMs, isProven, isRefused, triedMs } = this.#routeOf(route)
    const pauseMs = Math.max(this.#hostUntilMs, untilMs) - nowMs
    if (pauseMs > 0) return pauseMs
    const isAlone = !isProven && (isRefused || this.#options.isAloneAtFirst)
    return isAlone ? Math.max(0, triedMs + TRY_ALONE_MS_MAX - nowMs) : 0
  }

  /** Milliseconds for which the venue wants nothing on this route. */
  pauseMs(route: string, nowMs: number): number {
    return Math.max(0, Math.max(this.#hostUntilMs, this.#routeOf(route).untilMs) - nowMs)
  }

  began(route: string, nowMs: number): void {
    assert(this.waitMs(route, nowMs) === 0, 'nothing is tried during a pause')
    this.#routeOf(route).triedMs = nowMs
  }

  accepted(route: string, nowMs: number): void {
    const state = this.#routeOf(route)
    state.isProven = true
    state.triedMs = Number.NEGATIVE_INFINITY
    // What was refused as well may work again as well.
    if (state.isRefused) for (const each of this.#routes.values()) each.untilMs = Number.NEGATIVE_INFINITY
    state.isRefused = false
    // A venue that accepts and refuses in turn is still refusing.
    for (const [name, { refusedMs }] of this.#classes) {
      if (nowMs - refusedMs > REFUSAL_CALM_MS) this.#classes.delete(name)
    }
  }

  /** No answer: the venue may be gone. That alone is no reason for a pause. */
  failed(route: string): void {
    const state = this.#routeOf(route)
    state.isProven = false
    state.triedMs = Number.NEGATIVE_INFINITY
  }

  refused(route: string, refusal: Refusal, nowMs: number): void {
    this.failed(route)
    const { refusalClass, detail } = refusal
    if (refusalClass === 'does-not-exist') return
    const untilMs = this.#apart(route, nowMs, nowMs + this.#pauseOf(refusalClass, refusal, nowMs))
    const state = this.#routeOf(route)
    // An answer that was under way does not shorten a ban.
    state.untilMs = Math.max(state.untilMs, untilMs)
    state.isRefused = true
    if (refusalClass !== 'fault') {
      this.#hostUntilMs = Math.max(this.#hostUntilMs, untilMs)
      for (const each of this.#routes.values()) each.isProven = false
    }
    const { name, limitedLog } = this.#options
    const pauseMs = Math.round(this.pauseMs(route, nowMs))
    limitedLog.write('warn', 'the venue refuses, waiting', `${name} ${refusalClass}`, { detail, pauseMs })
  }

  /** Long pauses of several routes end a minute apart, so that the host is asked once a minute and not once for each. */
  #apart(route: string, nowMs: number, untilMs: number): number {
    if (untilMs - nowMs < MINUTE_MS) return untilMs
    const others = [...this.#routes].filter(([name]) => name !== route).map(([, state]) => state.untilMs)
    let apartMs = untilMs
    for (const otherMs of others.sort((a, b) => a - b)) {
      if (Math.abs(otherMs - apartMs) < MINUTE_MS) apartMs = otherMs + MINUTE_MS
    }
    return apartMs
  }

  #routeOf(route: string): Route {
    let state = this.#routes.get(route)
    if (state === undefined) {
      state = {
        untilMs: Number.NEGATIVE_INFINITY,
        isProven: false,
        isRefused: false,
        triedMs: Number.NEGATIVE_INFINITY,
      }
      this.#routes.set(route, state)
    }
    return state
  }

  #pauseOf(refusalClass: PausedClass, { retryAfterMs, leastMs }: Refusal, nowMs: number): number {
    const { firstMs, longestMs } = PAUSES[refusalClass]
    const state = this.#classes.get(refusalClass) ?? { level: -1, refusedMs: nowMs }
    // Refusals that were under way together are one.
    const isRepeated = state.level < 0 || nowMs - state.refusedMs >= firstMs / 2 || refusalClass === 'fault'
    if (isRepeated) state.level += 1
    state.refusedMs = nowMs
    this.#classes.set(refusalClass, state)
    const grownMs = Math.min(longestMs, firstMs * 2 ** state.level)
    const ms = retryAfterMs ?? Math.max(leastMs, grownMs)
    const spreadMs = retryAfterMs === null ? grownMs * REFUSAL_JITTER_SHARE : RETRY_AFTER_SPREAD_MS
    const jitterMs = spreadMs * this.#options.random()
    return Math.min(REFUSAL_STOP_MS_MAX, ms + jitterMs)
  }
}
