// What one REST host counts, over all products that it counts together: weights in any minute, and its pauses after a refusal. The
// order of use: lists of instruments and snapshots before polls, which have a share of the minute and none while a book waits for
// its snapshot. A reserve is never used: others behind the same address may need it.

import assert from 'node:assert/strict'
import type { RestBudget } from '@tradelane/venues/rest-protocol'
import { POLL_WEIGHT_SHARE, REST_RESERVE_SHARE } from '../limits.js'
import type { Refusal } from './refusal.js'
import type { RefusalPauses } from './refusal-pauses.js'

/** What a request is for. */
export type RestUse = 'list' | 'snapshot' | 'poll'

/** Why a request has to wait. */
export interface RestWait {
  readonly reason: string
  readonly retryMs: number
}

interface Spent {
  readonly atMs: number
  readonly weight: number
  readonly isPoll: boolean
}

const MINUTE_MS = 60_000
/** A poll looks again this soon whether books still wait. */
const POLL_RETRY_MS = 1_000

export class RestHost {
  readonly #budget: RestBudget
  readonly #pauses: RefusalPauses
  readonly #nowMs: () => number
  /** Of the last minute, oldest first. The venue's minutes begin when they like: no minute may exceed the budget. */
  #spent: Spent[] = []
  /** Who waits for a snapshot. */
  readonly #waitingForSnapshots = new Set<object>()

  constructor(budget: RestBudget, pauses: RefusalPauses, nowMs: () => number) {
    this.#budget = budget
    this.#pauses = pauses
    this.#nowMs = nowMs
  }

  /** Null: it may be sent now, and its weight is spent. */
  take(use: RestUse, route: string, weight: number): RestWait | null {
    const nowMs = this.#nowMs()
    const pauseMs = this.#pauses.pauseMs(route, nowMs)
    if (pauseMs > 0) return { reason: 'the venue asked us to stop', retryMs: pauseMs }
    const tryMs = this.#pauses.waitMs(route, nowMs)
    if (tryMs > 0) return { reason: 'another request finds out whether the venue answers', retryMs: tryMs }
    if (use === 'poll' && this.#waitingForSnapshots.size > 0) {
      return { reason: 'books wait for snapshots', retryMs: POLL_RETRY_MS }
    }
    const weightMs = this.#weightWaitMs(use, weight, nowMs)
    if (weightMs > 0) return { reason: 'the request budget of this minute is used up', retryMs: weightMs }
    this.#spent.push({ atMs: nowMs, weight, isPoll: use === 'poll' })
    this.#pauses.began(route, nowMs)
    return null
  }

  /** Spreads polls of this weight over the minute. */
  pollSpacingMs(weight: number): number {
    return (MINUTE_MS * weight) / this.#pollWeightMax
  }

  /** Polls wait for these. */
  setWaiting(who: object, isWaiting: boolean): void {
    if (isWaiting) this.#waitingForSnapshots.add(who)
    else this.#waitingForSnapshots.delete(who)
  }

  accepted(route: string): void {
    this.#pauses.accepted(route, this.#nowMs())
  }

  failed(route: string): void {
    this.#pauses.failed(route)
  }

  /** Milliseconds of the pause. */
  refused(route: string, refusal: Refusal): number {
    const nowMs = this.#nowMs()
    this.#pauses.refused(route, refusal, nowMs)
    return this.#pauses.pauseMs(route, nowMs)
  }

  /** What the venue says was used this minute. Others behind the same address count too: the larger figure counts. */
  learn(usedWeight: number): void {
    const nowMs = this.#nowMs()
    const missing = usedWeight - this.#usedWeight(nowMs)
    if (missing > 0) this.#spent.push({ atMs: nowMs, weight: missing, isPoll: false })
  }

  get #weightMax(): number {
    return this.#budget.weightPerMinute * (1 - REST_RESERVE_SHARE)
  }

  get #pollWeightMax(): number {
    return this.#weightMax * POLL_WEIGHT_SHARE
  }

  #usedWeight(nowMs: number): number {
    let expired = 0
    while (expired < this.#spent.length && nowMs - (this.#spent[expired] as Spent).atMs >= MINUTE_MS) expired += 1
    if (expired > 0) this.#spent.splice(0, expired)
    return this.#spent.reduce((sum, { weight }) => sum + weight, 0)
  }

  #weightWaitMs(use: RestUse, weight: number, nowMs: number): number {
    assert(weight > 0, 'a request costs weight')
    const total = this.#usedWeight(nowMs)
    const polls = this.#spent.reduce((sum, { isPoll, weight: each }) => sum + (isPoll ? each : 0), 0)
    const overTotal = total + weight - this.#weightMax
    const overPolls = use === 'poll' ? polls + weight - this.#pollWeightMax : 0
    return Math.max(this.#msUntilFreed(overTotal, nowMs, false), this.#msUntilFreed(overPolls, nowMs, true))
  }

  /** Until that much of what was spent is a minute old. */
  #msUntilFreed(over: number, nowMs: number, isOfPolls: boolean): number {
    let left = over
    for (const { atMs, weight, isPoll } of this.#spent) {
      if (left <= 0) break
      if (isOfPolls && !isPoll) continue
      left -= weight
      if (left <= 0) return atMs + MINUTE_MS - nowMs
    }
    return left > 0 ? MINUTE_MS : 0
  }
}
