// How long one host is left alone after it refused something: pauses by class of refusal, growing, with jitter, and one log line
// each. `retry-after` wins over all of them. A ban pauses everything of the host; a fault of the venue, and what it does not accept,
// only the route (a product, or a path of its REST), because another route may work. Routes that are refused share their pauses all
// the same: the host is asked as often as if it were one. Before a route has answered well, at the start or after its pause, one try
// at a time finds out; after a ban one of the whole host does.

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

/** Their pauses are those of one route. */
const CLASSES_OF_ROUTE: ReadonlySet<PausedClass> = new Set(['fault', 'not-accepted'])
/** So many different requests in a row are not accepted: then no request is. */
const DECLINED_MAX = 3
/** Refused routes are tried at least this often, one after the other. */
const MINUTE_MS = 60_000
/** After the time that a venue named, which others wait for too. */
const RETRY_AFTER_SPREAD_MS = 1_000

export class RefusalPauses {
  readonly #options: RefusalPausesOptions
  readonly #routes = new Map<string, Route>()
  readonly #classes = new Map<PausedClass, ClassState>()
  #hostUntilMs = Number.NEGATIVE_INFINITY
  /** Everything of the host was refused, and nothing accepted since. */
  #isHostRefused = false
  /** When the try that finds out about the host was made. */
  #hostTriedMs = Number.NEGATIVE_INFINITY
  /** In a row, on any route. */
  #declinedCount = 0
  /** No refused route is tried before. */
  #againMs = Number.NEGATIVE_INFINITY

  constructor(options: RefusalPausesOptions) {
    this.#options = options
  }

  /** Milliseconds until a try on this route may be made; 0: now, and `began` follows. */
  waitMs(route: string, nowMs: number): number {
    const pauseMs = this.pauseMs(route, nowMs)
    if (pauseMs > 0) return pauseMs
    const { isProven, isRefused, triedMs } = this.#routeOf(route)
    const isAlone = !isProven && (isRefused || this.#options.isAloneAtFirst)
    const soonestMs = Math.max(
      isAlone ? triedMs + TRY_ALONE_MS_MAX : nowMs,
      this.#isHostRefused ? this.#hostTriedMs + TRY_ALONE_MS_MAX : nowMs,
    )
    return Math.max(0, soonestMs - nowMs)
  }

  /** Milliseconds for which the venue wants nothing on this route. */
  pauseMs(route: string, nowMs: number): number {
    const { untilMs, isRefused } = this.#routeOf(route)
    return Math.max(0, Math.max(this.#hostUntilMs, untilMs, isRefused ? this.#againMs : untilMs) - nowMs)
  }

  /** `others`: it is a try on these routes as well. */
  began(route: string, nowMs: number, ...others: readonly string[]): void {
    const routes = [route, ...others]
    assert(
      routes.every(each => this.waitMs(each, nowMs) === 0),
      'nothing is tried during a pause',
    )
    this.#hostTriedMs = nowMs
    for (const each of routes) {
      const state = this.#routeOf(each)
      state.triedMs = nowMs
      if (state.isRefused) this.#againMs = nowMs + TRY_ALONE_MS_MAX
    }
  }

  accepted(route: string, nowMs: number): void {
    const state = this.#routeOf(route)
    state.isProven = true
    state.triedMs = Number.NEGATIVE_INFINITY
    this.#isHostRefused = false
    this.#declinedCount = 0
    // What was refused as well may work again as well.
    if (state.isRefused) {
      this.#againMs = Number.NEGATIVE_INFINITY
      for (const each of this.#routes.values()) each.untilMs = Number.NEGATIVE_INFINITY
    }
    state.isRefused = false
    // A venue that accepts and refuses in turn is still refusing.
    for (const [name, { refusedMs }] of this.#classes) {
      if (nowMs - refusedMs > REFUSAL_CALM_MS) this.#classes.delete(name)
    }
  }

  /** What was tried is not accepted, which may be its own fault. Not so where that is all that the host answers. */
  declined(route: string, refusal: Refusal, nowMs: number): void {
    this.#declinedCount += 1
    if (this.#declinedCount < DECLINED_MAX) this.failed(route)
    else this.refused(route, refusal, nowMs)
  }

  /** No answer: the venue may be gone. That alone is no reason for a pause. */
  failed(route: string): void {
    const state = this.#routeOf(route)
    state.isProven = false
    state.triedMs = Number.NEGATIVE_INFINITY
  }

  /** `others`: it was a try on these routes as well. */
  refused(route: string, refusal: Refusal, nowMs: number, ...others: readonly string[]): void {
    const routes = [route, ...others]
    for (const each of routes) this.failed(each)
    const { refusalClass, detail } = refusal
    if (refusalClass === 'does-not-exist') return
    const untilMs = nowMs + this.#pauseOf(refusalClass, refusal, nowMs)
    for (const each of routes) {
      const state = this.#routeOf(each)
      // An answer that was under way does not shorten a ban.
      state.untilMs = Math.max(state.untilMs, untilMs)
      state.isRefused = true
    }
    this.#againMs = Math.max(this.#againMs, Math.min(untilMs, nowMs + MINUTE_MS))
    if (!CLASSES_OF_ROUTE.has(refusalClass)) {
      this.#hostUntilMs = Math.max(this.#hostUntilMs, untilMs)
      this.#isHostRefused = true
      this.#hostTriedMs = Number.NEGATIVE_INFINITY
      for (const each of this.#routes.values()) each.isProven = false
    }
    const { name, limitedLog } = this.#options
    const pauseMs = Math.round(this.pauseMs(route, nowMs))
    limitedLog.write('warn', 'the venue refuses, waiting', `${name} ${refusalClass}`, { detail, pauseMs })
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
