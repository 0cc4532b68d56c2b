// When a thread that exited starts again: after a backoff that doubles, and falls back once a thread has run for a while. Too
// many exits within a minute are a crash loop, and so are too many starts in a row that never ran. Without such a thread the
// process cannot do its work, and ends; one that it can do without is tried once a minute.

import assert from 'node:assert/strict'
import type { AgentSpec } from './topology.js'

export const RESTART_MS_MIN = 100
export const RESTART_MS_MAX = 5_000
/** A thread that ran this long resets the backoff. */
export const CALM_MS = 1_000
export const FAILED_STARTS_MAX = 10
/** In a crash loop, a thread that the process can do without is tried this often; one that ran this long has left the loop. */
export const CRASH_LOOP_MS = 60_000
const EXITS_WINDOW_MS = 60_000
/** More exits than this within the window are a crash loop, although the thread ran. */
export const EXITS_MAX = 5

export interface RestartRule {
  /** What a crash loop means for the process. */
  readonly inCrashLoop: 'end' | 'retry'
}

/** By the agent whose rules a thread follows. */
export const RESTART_RULES: Readonly<Record<AgentSpec['kind'], RestartRule>> = {
  ingest: { inCrashLoop: 'end' },
  gateway: { inCrashLoop: 'end' },
  // Its books are withheld meanwhile; trades and the other books go on.
  l2: { inCrashLoop: 'retry' },
  // A flood may end it again and again, and each start takes CPU.
  admin: { inCrashLoop: 'retry' },
}

export interface Restart {
  readonly delayMs: number
  readonly isCrashLoop: boolean
}

export class RestartPolicy {
  readonly #rule: RestartRule
  #backoffMs = RESTART_MS_MIN
  #failedStarts = 0
  /** Of the last minute. */
  #exitsMs: readonly number[] = []
  #isCrashLoop = false

  constructor(rule: RestartRule) {
    this.#rule = rule
  }

  /** The thread has exited; `runningMs` is when it began to run, or null. Null: it must not start again. */
  onExit(runningMs: number | null, nowMs: number): Restart | null {
    assert(runningMs === null || runningMs <= nowMs, 'a thread runs before it exits')
    assert(!this.#isCrashLoop || this.#rule.inCrashLoop === 'retry', 'no thread starts after a crash loop')
    const ranMs = runningMs === null ? 0 : nowMs - runningMs
    this.#failedStarts = runningMs === null ? this.#failedStarts + 1 : 0
    this.#exitsMs = [...this.#exitsMs.filter(exitMs => nowMs - exitMs < EXITS_WINDOW_MS), nowMs]
    if (ranMs >= CRASH_LOOP_MS) this.#isCrashLoop = false
    if (this.#failedStarts >= FAILED_STARTS_MAX || this.#exitsMs.length > EXITS_MAX) {
      this.#isCrashLoop = true
    }
    if (!this.#isCrashLoop) return { delayMs: this.#nextBackoffMs(ranMs), isCrashLoop: false }
    return this.#rule.inCrashLoop === 'retry' ? { delayMs: CRASH_LOOP_MS, isCrashLoop: true } : null
  }

  #nextBackoffMs(ranMs: number): number {
    if (ranMs >= CALM_MS) this.#backoffMs = RESTART_MS_MIN
    const delayMs = this.#backoffMs
    this.#backoffMs = Math.min(RESTART_MS_MAX, this.#backoffMs * 2)
    assert(delayMs >= RESTART_MS_MIN && delayMs <= RESTART_MS_MAX, 'a backoff is within its limits')
    return delayMs
  }
}
